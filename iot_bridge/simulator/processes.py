"""A load shared by several processes of the same command."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from iot_bridge.simulator.figures import Figures


def share(argv: Sequence[str], number: int) -> Figures:
    """Run the command line `number` times, each with its part, and merge the figures.

    SIGTERM and SIGINT go on to the children. Raises ChildProcessError if one fails.
    """
    with tempfile.TemporaryDirectory() as directory:
        reports = [Path(directory) / f"{index}.json" for index in range(number)]
        children = [
            subprocess.Popen(  # noqa: S603 - this very command
                [
                    *(sys.executable, *argv),
                    *("--processes", "1", "--part", f"{index}/{number}"),
                    *("--report", str(report), "--quiet"),
                ],
                stdin=subprocess.DEVNULL,
            )
            for index, report in enumerate(reports)
        ]

        def pass_on(received: int, frame: FrameType | None) -> None:
            for child in children:
                child.send_signal(received)

        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, pass_on)
        codes = [child.wait() for child in children]
        if any(codes):
            raise ChildProcessError(f"a part of the load ended with {max(codes, key=abs)}")
        figures = Figures()
        for report in reports:
            figures.merge(Figures.from_json(json.loads(report.read_text(encoding="utf-8"))))
        return figures
