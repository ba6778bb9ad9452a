"""Generated secrets stay what they were and are nobody else's to read."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from command_center.kept import kept_text
from command_center.variables import ConfigurationError


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "run" / "key"
    assert kept_text(path, lambda: "first") == "first"
    assert kept_text(path, lambda: "second") == "first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_all_who_start_at_once_agree(tmp_path: Path) -> None:
    numbers = count()
    with ThreadPoolExecutor(8) as pool:
        seen = pool.map(
            lambda _: kept_text(tmp_path / "key", lambda: str(next(numbers))), range(64)
        )
    assert len(set(seen)) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"file/run/key can't be .* set DATA_DIR"):
        kept_text(tmp_path / "file" / "run" / "key", lambda: "never")
