"""Runs the front end's own npm scripts with this checkout's Node: `npm_scripts.py lint typecheck`."""

import json
import subprocess
import sys

from setup_steps import FRONTEND, VENV, node_environment


def main(names: list[str]) -> int:
    """Runs the named scripts in order; the first failure's exit code, or 0."""
    package = FRONTEND / "package.json"
    if not package.is_file():
        return 0
    known = json.loads(package.read_text(encoding="utf-8")).get("scripts", {})
    for name in names:
        if name not in known:
            print(f"frontend/package.json has no script {name!r}", file=sys.stderr)
            return 1
        command = [str(VENV / "bin" / "npm"), "run", name]
        code = subprocess.run(command, cwd=FRONTEND, env=node_environment(), check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
