"""The figures of the closed loop out of the database, in one's scope, and as files for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from dispatch.incidents.models import CallBack, Caller, Category, Incident, Source
from tests.support import city, deeds

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 31, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def _city() -> None:
    deeds.seed()


def incident(number: int, code: str, at: datetime = NOON, **facts: Any) -> Incident:
    return Incident.objects.create(
        number=f"20261031-{number:04d}",
        title="x",
        category=Category.objects.get(pk="0101"),
        severity=2,
        source=Source.MANUAL,
        code=code,
        owner=code[:9],
        stage=facts.pop("stage", "reported"),
        stage_since=at,
        reported_at=at,
        **facts,
    )


def ask(username: str, path: str = "/statistics", **query: str) -> Any:
    client = Client()
    client.force_login(
        User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend"
    )
    period = {"since": "2026-10-01", "until": "2026-10-31"}
    return client.get(f"/api/v1{path}", period | query)


@pytest.fixture
def _cases(_city: None) -> None:
    closed: dict[str, Any] = {
        "stage": "archived",
        "closed_at": NOON + timedelta(hours=2),
        "score": 4,
    }
    incident(1, city.EAST.villages[0], **closed)
    incident(2, city.EAST.villages[1], **closed, overdue=1)
    incident(3, city.SOUTH.villages[0])
    into = incident(4, city.SOUTH.villages[0], at=NOON.replace(hour=0, minute=0))
    incident(5, city.SOUTH.villages[0], stage="merged", merged_into=into)
    incident(6, city.EAST.villages[0], at=NOON.replace(month=11, day=1, hour=0))


@pytest.mark.usefixtures("_cases")
def test_a_city_is_told_by_its_townships() -> None:
    answer = ask("city").json()
    lines = {line["key"]: line["figures"] for line in answer["lines"]}
    assert {key: found["reported"] for key, found in lines.items()} == {
        city.EAST.code: 2,
        city.SOUTH.code: 2,
    }
    east = lines[city.EAST.code]
    assert (east["closed"], east["closed_in_time"], east["overdue"]) == (2, 1, 1)
    assert (east["evaluation"], east["satisfaction"]) == (4, None)
    assert east["times"]["report_to_close"] == {"count": 2, "p50": 7200, "p90": 7200}
    assert answer["total"]["reported"] == 4


@pytest.mark.usefixtures("_cases")
def test_a_township_is_told_by_its_villages_and_of_no_other() -> None:
    answer = ask("town").json()
    assert {line["key"] for line in answer["lines"]} == set(city.EAST.villages)
    assert answer["total"]["reported"] == 2
    assert ask("town", code=city.SOUTH.code).json()["lines"] == []
    assert ask("nobody").status_code == 403


@pytest.mark.usefixtures("_cases")
def test_months_are_local() -> None:
    answer = ask("city", by="month", until="2026-11-30").json()
    assert [(line["key"], line["figures"]["reported"]) for line in answer["lines"]] == [
        ("2026-10", 4),
        ("2026-11", 1),
    ]


@pytest.mark.usefixtures("_cases")
def test_files_for_a_spreadsheet() -> None:
    text = ask("city", "/statistics/export", format="csv").content
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1
    assert {row[0] for row in rows} >= {city.EAST.name, city.SOUTH.name}
    assert rows[-1][1] == "4"
    book = ask("city", "/statistics/export", format="xlsx", language="en")
    assert "attachment" in book["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        text = archive.read("xl/sharedStrings.xml").decode()
        assert city.EAST.name in text
        assert "no stage ended later than it was due" in text
        assert "xl/worksheets/sheet2.xml" in archive.namelist()


@pytest.mark.usefixtures("_city")
def test_every_column_of_a_file_is_defined_beside_it_in_the_language_that_is_asked_for() -> None:
    for language, closed in (("zh-Hans", "办结"), ("en", "closed")):
        path, query = "/statistics/definitions", {"language": language}
        text = ask("city", path, **query).content.decode("utf-8-sig")
        names = {row[0]: row[1] for row in csv.reader(io.StringIO(text))}
        assert closed in names
        columns = ask("city", "/statistics/export", format="csv", **query).content
        header = next(csv.reader(io.StringIO(columns.decode("utf-8-sig"))))
        for column in header[1:]:
            assert names[re.sub(r" p[59]0 .*", "", column)], column
        told = ask("city", **query).json()["definitions"]
        assert [one["name"] for one in told] == list(names)[1:]
    assert ask("nobody", "/statistics/definitions").status_code == 403


@pytest.mark.usefixtures("_city")
def test_late_is_told_by_the_times_whether_or_not_anybody_looked() -> None:
    soon = timezone.now() + timedelta(hours=1)
    incident(1, city.EAST.villages[0], due_at=soon)
    incident(2, city.EAST.villages[0], due_at=soon - timedelta(hours=2))
    incident(3, city.EAST.villages[0], stage="closed", score=4, closed_at=NOON, overdue=1)
    total = ask("city").json()["total"]
    assert (total["overdue"], total["closed_in_time"]) == (2, 0)


@pytest.mark.usefixtures("_city")
def test_satisfaction_is_by_the_last_call_back_that_reached_each_caller() -> None:
    case = incident(1, city.EAST.villages[0], stage="closed", score=5, closed_at=NOON)
    twin = incident(2, city.EAST.villages[0], stage="merged", merged_into=case)
    officer = User.objects.get(username="town")
    for one, degrees in ((case, (2, 4, None)), (twin, (1,))):
        caller = Caller.objects.create(incident=one, callback=True)
        for degree in degrees:
            facts = {"reached": degree is not None, "satisfied": degree}
            CallBack.objects.create(caller=caller, at=NOON, by=officer, by_name="x", **facts)
    total = ask("city").json()["total"]
    assert (total["satisfaction"], total["called_back"], total["evaluation"]) == (2.5, 2, 5)


@pytest.mark.usefixtures("_city")
@pytest.mark.parametrize(
    "period", [{"until": "2026-09-30"}, {"since": "2020-01-01"}, {"since": "October"}]
)
def test_a_period_that_is_none_is_named(period: dict[str, str]) -> None:
    answer = ask("city", **period)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in period.keys() | {"until"}
