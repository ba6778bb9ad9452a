"""The children's output: cut into lines, and never a reason to wait."""

import itertools
import os
import time

from hypothesis import given
from hypothesis import strategies as st

from command_center.supervisor.output import MAX_LINE_BYTES, LineSplitter, Terminal


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=10))
def test_lines_do_not_depend_on_how_the_bytes_arrive(data: bytes, cuts: list[int]) -> None:
    splitter = LineSplitter()
    lines = []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        lines += splitter.feed(data[start:end])
    lines += splitter.end()
    *whole, rest = data.split(b"\n")
    assert lines == [line.rstrip(b"\r") for line in whole] + ([rest] if rest else [])


def test_an_endless_line_is_cut() -> None:
    splitter = LineSplitter()
    lines = splitter.feed(b"x" * (2 * MAX_LINE_BYTES + 5))
    assert [len(line) for line in lines] == [MAX_LINE_BYTES, MAX_LINE_BYTES]
    assert splitter.end() == [b"x" * 5]


def test_lines_come_out_in_order() -> None:
    reader, writer = os.pipe()
    terminal = Terminal(writer)
    terminal.say("灵盾\nis up")
    terminal.close(timeout_s=5)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        assert stream.read() == "灵盾\nis up\n"


def test_a_reader_that_does_not_read_stops_nobody() -> None:
    reader, writer = os.pipe()
    terminal = Terminal(writer)
    began = time.monotonic()
    for _ in range(20_000):
        terminal.line(b"x" * 100)
    terminal.close(timeout_s=0.1)
    assert time.monotonic() - began < 5
    os.close(reader)  # lets the writing thread go
    os.close(writer)


def test_a_closed_output_swallows_everything() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    terminal = Terminal(writer)
    for _ in range(10_000):
        terminal.line(b"nobody hears this")
    terminal.close(timeout_s=5)
    os.close(writer)
