"""A supervisor over small stand-ins, as a program: `supervised.py FOLDER`.

FOLDER/table.json holds {name: Python source}; the state goes to FOLDER/supervisor.json.
"""

import asyncio
import json
import sys
from pathlib import Path

from command_center.supervisor.keeper import Supervisor
from command_center.supervisor.output import Terminal
from command_center.supervisor.processes import ProcessSpec


def main(folder: Path) -> None:
    table = json.loads((folder / "table.json").read_text())
    specs = [
        ProcessSpec(name, (sys.executable, "-c", source), settled_after_s=0.5)
        for name, source in table.items()
    ]
    terminal = Terminal()
    supervisor = Supervisor(specs, state_file=folder / "supervisor.json", terminal=terminal)
    asyncio.run(supervisor.run())
    terminal.close(timeout_s=0.5)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
