"""Makes sure that the programs the tests drive are installed: browsers, fonts, servers.

As root on Debian they are installed with apt, and no server is left running by that; without
root the exact command is printed and the exit code is 1. The tests start their own servers.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Debian package -> how one sees that it is there.
NEEDED = {
    "chromium": ("/usr/bin/chromium",),
    "chromium-headless-shell": ("/usr/bin/chromium-headless-shell",),
    "fonts-noto-cjk": ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",),
    "mosquitto": ("/usr/sbin/mosquitto", "/usr/bin/mosquitto_passwd"),
    "redis-server": ("/usr/bin/redis-server",),
    "janus": ("/usr/bin/janus",),
    "coturn": ("/usr/bin/turnserver",),
}
POLICY = Path("/usr/sbin/policy-rc.d")
NO_SERVICES = "#!/bin/sh\n# Put here while packages are installed: start no service.\nexit 101\n"


def missing() -> list[str]:
    """The packages of which something is not there."""
    return [
        package
        for package, paths in NEEDED.items()
        if not all(Path(path).exists() or shutil.which(Path(path).name) for path in paths)
    ]


def apt(*arguments: str) -> None:
    """Runs apt-get without a question, so that no service is started on the way."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "-q", "-y", *arguments], env=environment, check=True)  # noqa: S607 - found on the path


def install(packages: list[str]) -> None:
    """Installs Debian packages while a policy keeps their services from starting."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text(NO_SERVICES)
        POLICY.chmod(0o755)
    try:
        apt("update")
        apt("install", "--no-install-recommends", *packages)
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def main() -> int:
    """Installs what is missing; returns the exit code."""
    packages = missing()
    if not packages:
        return 0
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        print(f"The tests need {', '.join(packages)}; install them first.", file=sys.stderr)
        return 1
    if os.geteuid() != 0:
        print(f"The tests need more programs; run: sudo {command}", file=sys.stderr)
        return 1
    print(f"setup: {command}", flush=True)
    try:
        install(packages)
    except subprocess.CalledProcessError as error:
        print(f"`{' '.join(error.cmd)}` failed; run it by hand: {command}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
