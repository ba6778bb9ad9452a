"""Codecs that packages bring: the template is one; what is no codec is refused and the others go on."""

import json
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from iot_bridge.codecs.base import CodecError, MakerCodec
from iot_bridge.codecs.plugins import GROUP, UnfitError, built_in, check_codec, plugged_in
from iot_bridge.codecs.registry import Registry
from iot_bridge.protocol.decoded import DeviceReading

TEMPLATE = Path(__file__).parents[4] / "templates" / "codec"
HERE = __name__


class Decoy(MakerCodec):
    """Sound, but for its name."""

    name = "tasmota"
    filters = ("decoy/+",)


class Greedy(MakerCodec):
    """Wants everything."""

    name = "greedy"
    filters = ("#",)


class Broken(MakerCodec):
    """Fails when it is made."""

    name = "broken"
    filters = ("broken/+",)

    def __init__(self) -> None:
        raise RuntimeError("no licence found")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The template as pip would leave it: its package, and its entry point in a dist-info."""
    shutil.copytree(TEMPLATE / "lingdun_codec_example", tmp_path / "lingdun_codec_example")
    info = tmp_path / "lingdun_codec_example-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lingdun-codec-example\nVersion: 1.0\n"
    )
    lines = (TEMPLATE / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    point = next(line for line in lines if line.startswith("example ="))
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{point.replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("lingdun_codec_example", None)


@pytest.mark.usefixtures("installed")
def test_the_template_is_found_and_reads_its_makers_messages() -> None:
    own = built_in()
    codecs, refused = plugged_in(codec.name for codec in own)
    assert ([codec.name for codec in codecs], refused) == (["example"], ())
    registry = Registry((*own, *codecs))
    assert "example" in registry.names
    report = {"seq": 17, "time": 1_763_740_800_123, "state": {"smoke": True, "bat": 87}}
    [reading] = registry.decode("example/SN-1/report", json.dumps(report).encode(), 0)
    assert isinstance(reading, DeviceReading)
    assert (reading.device_ref, reading.values) == ("SN-1", {"smoke": True, "battery": 87})
    assert reading.event_id == "17-1763740800"
    with pytest.raises(CodecError, match="seq"):
        registry.decode("example/SN-1/report", b"{}", 0)


def test_whatever_is_wrong_with_a_plug_in_it_is_refused_and_the_others_go_on() -> None:
    points = [
        EntryPoint("absent", "no_such_package:Codec", GROUP),
        EntryPoint("broken", f"{HERE}:Broken", GROUP),
        EntryPoint("greedy", f"{HERE}:Greedy", GROUP),
        EntryPoint("other_name", f"{HERE}:Decoy", GROUP),
        EntryPoint("path", "pathlib:Path", GROUP),
        EntryPoint("tasmota", f"{HERE}:Decoy", GROUP),
    ]
    sys.modules.setdefault(HERE, sys.modules[Decoy.__module__])
    codecs, refused = plugged_in(["tasmota"], points)
    assert codecs == ()
    reasons = {refusal.name: refusal.reason for refusal in refused}
    assert set(reasons) == {point.name for point in points}
    assert "ModuleNotFoundError" in reasons["absent"]
    assert "no licence found" in reasons["broken"]
    assert "must begin with a word" in reasons["greedy"]
    assert "is taken" in reasons["other_name"] or "calls itself" in reasons["other_name"]
    assert "must be" in reasons["path"]
    assert reasons["tasmota"] == "the name tasmota is taken"
    sound, refused = plugged_in([], points[-1:])
    assert ([codec.name for codec in sound], refused) == (["tasmota"], ())


def test_what_comes_with_the_system_is_fit() -> None:
    for codec in built_in():
        if codec.name != "canonical":  # whose topics are no plug-in's
            check_codec(codec)


@pytest.mark.parametrize(
    "filters", [(), ("+/x",), ("$SYS/x",), ("sc/v1/x",), ("a/#/b",), ("a/b+",), "a/b", (5,)]
)
def test_filters_that_no_plug_in_may_have(filters: object) -> None:
    made = type("Made", (MakerCodec,), {"name": "made", "filters": filters})
    with pytest.raises(UnfitError, match="filters"):
        check_codec(made())


def test_nothing_else_is_installed_here() -> None:
    """What the other tests say of the registry holds for the system's own codecs."""
    assert not list(entry_points(group=GROUP))
