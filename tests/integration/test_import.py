"""`manage.py import_jurisdictions`: all or nothing, every wrong line named, and on the feed."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from command_center.accounts.models import Post, User
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from command_center.jurisdictions.services import remove_jurisdiction, save_jurisdiction

pytestmark = pytest.mark.django_db
DATA = Path("dispatch/demo/data")


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_jurisdictions", *map(str, arguments), stdout=out)
    return out.getvalue()


def import_real() -> str:
    return run(DATA / "lingwu_jurisdictions.csv", "--boundary", DATA / "lingwu_boundary.geojson")


def test_the_real_list_and_boundary() -> None:
    assert "113 created" in import_real()
    city = Jurisdiction.objects.get(code="640181")
    assert city.parent is None
    assert city.area is not None
    assert city.area["type"] == "Polygon"
    assert not city.illustrative
    assert city.centre is not None
    village = Jurisdiction.objects.get(code="640181001002")
    assert (village.name, village.level, village.parent_id) == ("西湖社区", "village", "640181001")
    assert FeedEvent.objects.filter(kind="jurisdiction.changed").count() == 113
    assert AuditEntry.objects.get(action="jurisdictions.imported").code == "640181"


def test_a_second_time_changes_nothing() -> None:
    import_real()
    seen = FeedEvent.objects.count()
    assert "0 created, 0 changed, 113 unchanged" in import_real()
    assert FeedEvent.objects.count() == seen


def test_a_new_name_is_one_change(tmp_path: Path) -> None:
    import_real()
    file = tmp_path / "names.csv"
    file.write_text("code,name\n640181100,东塔街道\n", encoding="gb18030")
    assert "0 created, 1 changed" in run(file)
    event = FeedEvent.objects.order_by("-seq")[0]
    assert json.loads(event.data)["name"] == "东塔街道"


def test_wrong_lines_are_all_named_and_nothing_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("code,name\n640181,灵武市\n64018,短\n640181001,\n640182001,外\n", "utf-8")
    with pytest.raises(CommandError) as caught:
        run(file)
    text = str(caught.value)
    assert [f"line {number}" in text for number in (2, 3, 4, 5)] == [False, True, True, True]
    assert "Nothing was imported" in text
    assert not Jurisdiction.objects.exists()


def test_a_wrong_boundary_stops_the_list_too(tmp_path: Path) -> None:
    file = tmp_path / "wrong.geojson"
    file.write_text('{"type":"Feature","properties":{"code":"1"},"geometry":null}', "utf-8")
    with pytest.raises(CommandError, match="feature 1: jurisdiction 1 is unknown"):
        run(DATA / "lingwu_jurisdictions.csv", "--boundary", file)
    assert not Jurisdiction.objects.exists()


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("/nowhere/at-all.csv")


def test_a_city_that_comes_later_adopts_its_townships() -> None:
    Jurisdiction.objects.create(code="640181001", name="街道", level="township")
    save_jurisdiction(jurisdiction=Jurisdiction(code="640181", name="市"), actor=None)
    assert Jurisdiction.objects.get(code="640181001").parent_id == "640181"


def test_what_is_in_use_is_not_removed_and_the_reason_is_in_words() -> None:
    import_real()
    user = User.objects.create_user("somebody")
    Post.objects.create(user=user, role="patrol", jurisdiction_id="640181001002")
    village = Jurisdiction.objects.get(code="640181001002")
    with pytest.raises(ValidationError, match="西湖社区"):
        remove_jurisdiction(jurisdiction=village, actor=None)
    Post.objects.all().delete()
    remove_jurisdiction(jurisdiction=village, actor=None)
    event = FeedEvent.objects.order_by("-seq")[0]
    assert (event.kind, event.code) == ("jurisdiction.removed", "640181001002")
