"""Resolves requirements/*.in into locks with hashes and without any host: `make lock`."""

import re
import subprocess
import sys
from pathlib import Path

import npm_scripts
from setup_steps import ROOT, VENV

REQUIREMENTS = ROOT / "requirements"
ADDRESS = re.compile(r"https?://|file://|^--(?:extra-)?index|^--find-links", re.MULTILINE)


def compile_lock(name: str, *constraints: str) -> None:
    """Writes requirements/NAME.txt, kept close to what it was."""
    command = [str(VENV / "bin" / "uv"), "pip", "compile", "--quiet", "--universal"]
    command += ["--generate-hashes", "--python-version", "3.11", "--no-config"]
    command += ["--no-emit-index-url", "--no-emit-find-links"]
    command += ["--custom-compile-command", "make lock", *sys.argv[1:]]
    command += [word for path in constraints for word in ("--constraint", path)]
    command += ["--output-file", f"{name}.txt", f"{name}.in"]
    # uv's own default index, not pip's configuration on this machine: the hashes of a private
    # index's builds would be no good elsewhere.
    subprocess.run(command, cwd=REQUIREMENTS, check=True)


def addresses(lock: Path) -> list[str]:
    """Lines of a lock that name a place, which none may."""
    return [line for line in lock.read_text(encoding="utf-8").splitlines() if ADDRESS.search(line)]


def main() -> int:
    """Writes all locks; returns the exit code."""
    try:
        compile_lock("base")
        # dev.txt repeats base.txt's versions, so that one environment can serve both.
        compile_lock("dev", "base.txt")
    except subprocess.CalledProcessError as error:
        return error.returncode
    for lock in (REQUIREMENTS / "base.txt", REQUIREMENTS / "dev.txt"):
        if found := addresses(lock):
            print(f"{lock.name} names an address: {found[0]}", file=sys.stderr)
            return 1
    return npm_scripts.main(["lock"])


if __name__ == "__main__":
    sys.exit(main())
