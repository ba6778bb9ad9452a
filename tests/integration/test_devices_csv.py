"""CSV import and export of devices: every wrong row named by line, nothing written until all is right."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from command_center.accounts.models import Post, User
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from iot_bridge.devices.models import Device
from iot_bridge.devices.table import COLUMNS
from iot_bridge.devices.validation import threshold_limits
from iot_bridge.rules.thresholds import Thresholds

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "640181100200", "640181101200"
GOOD = f"FG-1,东塔村 1 号门,face_gate,{HERE},东塔村,106.37,38.1,,,,,\n"


@pytest.fixture(autouse=True)
def _city() -> Iterator[None]:
    parent = None
    for code in ("640181", "640181100", HERE):
        level = {6: "city", 9: "township", 12: "village"}[len(code)]
        parent = Jurisdiction.objects.create(code=code, name=code, level=level, parent=parent)
    Jurisdiction.objects.create(code=ELSEWHERE, name="外", level="village", parent_id="640181")
    with translation.override("en"):
        yield


@pytest.fixture
def admin_client(client: Client) -> Client:
    """An administrator of one township."""
    user = User.objects.create(username="keeper", is_staff=True)
    Post.objects.create(user=user, role="administrator", jurisdiction_id="640181100")
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def table(*rows: str) -> str:
    return ",".join(COLUMNS) + "\n" + "".join(rows)


def run(tmp_path: Path, text: str, *options: str, encoding: str = "utf-8") -> str:
    file = tmp_path / "devices.csv"
    file.write_text(text, encoding=encoding)
    out = io.StringIO()
    call_command("import_devices", str(file), *options, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_good_file(tmp_path: Path, encoding: str) -> None:
    other = f'WP-1,市场,wifi_probe,{HERE},,,,,,,,"{{""crowd_threshold"":80}}"\n'
    assert "2 were registered" in run(tmp_path, table(GOOD, other), encoding=encoding)
    probe = Device.objects.select_related("status").get(pk="WP-1")
    assert probe.parameters == {"crowd_threshold": 80}
    assert probe.codec == "canonical"
    assert probe.status.status == "unknown"
    assert Device.objects.get(pk="FG-1").name == "东塔村 1 号门"
    assert FeedEvent.objects.filter(kind="device.changed").count() == 2
    entry = AuditEntry.objects.get(action="devices.imported")
    assert (entry.code, entry.detail["created"]) == (HERE, 2)


def test_again_changes_nothing_and_a_new_site_is_one_change(tmp_path: Path) -> None:
    run(tmp_path, table(GOOD))
    assert "1 unchanged" in run(tmp_path, table(GOOD))
    assert "1 were changed" in run(tmp_path, table(GOOD.replace(",东塔村,1", ",东门,1")))
    event = FeedEvent.objects.order_by("-seq")[0]
    assert json.loads(event.data)["site"] == "东门"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert "1 would be registered" in run(tmp_path, table(GOOD), "--dry-run")
    assert not Device.objects.exists()
    assert not FeedEvent.objects.exists()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (f"坏 id,甲,face_gate,{HERE},,,,,,,,", "id", "1 to 64 letters"),
        (f"FG-2,,face_gate,{HERE},,,,,,,,", "name", "blank"),
        (f"FG-2,甲,gate,{HERE},,,,,,,,", "kind", "'gate' is unknown"),
        ("FG-2,甲,face_gate,999,,,,,,,,", "jurisdiction", "does not exist"),
        (f"FG-2,甲,face_gate,{HERE},,x,38,,,,,", "longitude", "not a number"),
        (f"FG-2,甲,face_gate,{HERE},,106,,,,,,", "latitude", "both"),
        (f"FG-2,甲,face_gate,{HERE},,306,38,,,,,", "longitude", "180"),
        (f"FG-2,甲,face_gate,{HERE},,nan,38,,,,,", "longitude", "number"),
        (f"FG-2,甲,face_gate,{HERE},,,,morse,,,,", "codec", "'morse' is unknown"),
        (f"FG-2,甲,face_gate,{HERE},,,,face_terminal,,,,", "external_id", "needs the id"),
        (f"FG-2,甲,face_gate,{HERE},,,,,,,,{{", "parameters", "not JSON"),
        (f"FG-2,甲,face_gate,{HERE},,,,,,,,[]", "parameters", "JSON object"),
        (f'FG-2,甲,face_gate,{HERE},,,,,,,,"{{""hold"":1}}"', "parameters", "hold is unknown"),
        (f'FG-2,甲,fire_lane,{HERE},,,,,,,,"{{""lane_hold_s"":0}}"', "parameters", "from 1 to"),
        (f"FG-1,乙,face_gate,{HERE},,,,,,,,", "id", "already on line 2"),
    ],
)
def test_a_wrong_row_is_named_with_column_and_reason(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    with pytest.raises(CommandError) as caught:
        run(tmp_path, table(GOOD, row + "\n"))
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("devices.csv, line 3, ")
    assert f"{column}: " in lines[0]
    assert reason in lines[0]
    assert "1 of 2 rows are wrong; nothing was written" in lines[-1]
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("id,name\n", "lacks kind, jurisdiction"),
        ("id,name,kind,jurisdiction,lattitude\n1,2,3,4,5\n", "lattitude"),
        (table(), "no rows"),
        (table("1" + "," * 20 + "\n"), "line 2: 21 fields"),
        (table('"open\n'), "line 2"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(tmp_path, text)


def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    run(tmp_path, table(GOOD, f'WP-1,市场,wifi_probe,{HERE},,,,,,,,"{{""denied_count"":3}}"\n'))
    target = tmp_path / "out.csv"
    call_command("export_devices", "--output", str(target))
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))
    assert [row["id"] for row in rows] == ["FG-1", "WP-1"]
    assert tuple(rows[0]) == COLUMNS
    assert "2 unchanged" in run(tmp_path, target.read_text("utf-8-sig"))


def upload(client: Client, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("devices.csv", content)
    return client.post("/admin/devices/device/import/", {"import_file": file, "format": "0"})


def test_the_page_previews_then_writes(admin_client: Client) -> None:
    page = upload(admin_client, table(GOOD).encode("gb18030"))
    assert "东塔村 1 号门" in page.content.decode()
    assert not Device.objects.exists()
    form = page.context["confirm_form"]
    answer = admin_client.post("/admin/devices/device/process_import/", form.initial)
    assert answer.status_code == 302
    assert Device.objects.get().name == "东塔村 1 号门"
    assert AuditEntry.objects.get(action="devices.imported").actor_name == "keeper"


def test_the_page_names_the_wrong_row_and_previews_the_rest(admin_client: Client) -> None:
    page = upload(admin_client, table(GOOD, f"FG-2,甲,gate,{HERE},,,,,,,,\n"))
    text = page.content.decode()
    assert "FG-2" in text
    assert "is unknown" in text
    assert "东塔村 1 号门" in text
    assert "confirm_form" not in page.context
    assert "Traceback" not in text
    assert not Device.objects.exists()


def test_what_is_outside_does_not_exist_for_the_importer(admin_client: Client) -> None:
    page = upload(admin_client, table(f"FG-2,甲,face_gate,{ELSEWHERE},,,,,,,,\n"))
    assert "does not exist in your jurisdictions" in page.content.decode()


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\0\0", b"", b"id,name\n1,2\n"])
def test_a_file_that_is_no_table_is_told_so(admin_client: Client, content: bytes) -> None:
    page = upload(admin_client, content)
    assert page.status_code == 200
    assert page.context["form"].errors["import_file"]


def test_a_file_that_became_wrong_before_its_confirmation_writes_nothing(
    admin_client: Client,
) -> None:
    page = upload(admin_client, table(GOOD))
    Jurisdiction.objects.filter(code=HERE).delete()
    answer = admin_client.post(
        "/admin/devices/device/process_import/", page.context["confirm_form"].initial, follow=True
    )
    assert "Line 2, FG-1: jurisdiction" in answer.content.decode()
    assert not Device.objects.exists()


def test_the_export_holds_what_one_may_see(admin_client: Client, tmp_path: Path) -> None:
    run(tmp_path, table(GOOD, f"FG-2,外,face_gate,{ELSEWHERE},,,,,,,,\n"))
    answer = admin_client.get("/admin/devices/device/export/")
    text = answer.content.decode("utf-8-sig")
    assert "FG-1" in text
    assert "FG-2" not in text
    assert AuditEntry.objects.get(action="devices.exported").detail == {"devices": 1}


def test_every_threshold_has_limits() -> None:
    for name in Thresholds.model_fields:
        low, high = threshold_limits(name)
        assert low < high
