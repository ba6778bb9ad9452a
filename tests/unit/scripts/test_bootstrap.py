"""The set-up's own checks, which must work where nothing is installed."""

import ast
import subprocess
import sys
from pathlib import Path

import install_test_programs
import lock_dependencies
import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"


def test_the_entry_can_be_read_by_an_old_python() -> None:
    ast.parse((SCRIPTS / "bootstrap.py").read_text(), feature_version=(3, 6))


def test_an_old_python_is_told_in_one_sentence() -> None:
    entry = str(SCRIPTS / "bootstrap.py")
    pretend = f"import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path({entry!r})"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9" in done.stderr


def test_a_missing_ensurepip_names_the_package() -> None:
    source = (
        "import importlib.util, pathlib, setup_steps\n"
        "importlib.util.find_spec = lambda name: None\n"
        "setup_steps.VENV = pathlib.Path('/nonexistent/venv')\n"
        "raise SystemExit(setup_steps.main(['--no-frontend']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=SCRIPTS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("apt-get install python3-venv")


def test_locks_name_no_address() -> None:
    for name in ("base.txt", "dev.txt"):
        assert not lock_dependencies.addresses(lock_dependencies.REQUIREMENTS / name)


def test_without_root_the_exact_command_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install_test_programs, "missing", lambda: ["chromium", "mosquitto"])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert install_test_programs.main() == 1
    assert (
        "apt-get install -y --no-install-recommends chromium mosquitto" in capsys.readouterr().err
    )


def test_closed_standard_streams_do_not_become_files() -> None:
    source = (
        "import os\n"
        "os.close(1); os.close(2)\n"
        "import manage; manage.open_standard_streams()\n"
        "assert os.path.samestat(os.fstat(1), os.stat(os.devnull))\n"
        "assert os.open('manage.py', os.O_RDONLY) > 2\n"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=SCRIPTS.parent, check=False)
    assert done.returncode == 0
