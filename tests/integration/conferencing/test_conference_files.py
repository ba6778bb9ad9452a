"""Files in a room: who may send and fetch them, what is taken, and when they are forgotten."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from command_center.accounts.models import User
from command_center.audit.models import AuditEntry
from conferencing.conferences import guests
from conferencing.conferences import services as conferences
from conferencing.conferences.selectors import messages_after
from conferencing.conferences.services import Opening
from conferencing.files import services
from conferencing.files.models import SharedFile
from conferencing.policy.commands import Admit, Remove
from tests.support import city, deeds
from tests.support.photos import photo

pytestmark = pytest.mark.django_db
VILLAGE = city.EAST.villages[0]
PDF = b"%PDF-1.7\n"


@pytest.fixture
def conference() -> int:
    """The city and a village are in it; the township was called and is not."""
    deeds.seed()
    invite = [(person("village").pk, VILLAGE), (person("town").pk, city.EAST.code)]
    row = conferences.open_conference(user=person("city"), wanted=Opening(invite=invite))
    for name in ("city", "village"):
        conferences.join(conference_id=row.pk, user=person(name))
    return row.pk


def person(username: str) -> User:
    return User.objects.get(username=username)


def client(username: str) -> Client:
    found = Client()
    found.force_login(person(username), "django.contrib.auth.backends.ModelBackend")
    return found


def send(username: str, conference: int, data: bytes, name: str = "现场.jpg") -> Any:
    path = f"/api/v1/conferences/{conference}/files"
    return client(username).post(path, {"file": SimpleUploadedFile(name, data)})


def fetch(username: str, file: int, path: str = "") -> Any:
    return client(username).get(f"/api/v1/conference-files/{file}{path}")


def test_who_is_in_it_sends_and_fetches_and_nobody_else(conference: int) -> None:
    sent = send("village", conference, photo())
    assert sent.status_code == 201, sent.content
    file = sent.json()["id"]
    (message,) = messages_after(conference, 0)
    assert message.file is not None
    assert (message.file.id, message.text, message.seat) == (file, "现场.jpg", 2)
    for path in ("", "/thumbnail"):
        answers = {name: fetch(name, file, path).status_code for name in ("city", "town", "city2")}
        assert answers == {"city": 200, "town": 404, "city2": 404}, "called is not in it yet"
    small = Image.open(io.BytesIO(fetch("city", file, "/thumbnail").content))
    assert (small.format, max(small.size) <= 480) == ("JPEG", True)
    assert fetch("city", file).headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert send("town", conference, PDF).status_code == 409
    assert send("town2", conference, PDF).status_code == 404
    assert AuditEntry.objects.filter(action="conference.file_shared").count() == 1
    act = Remove(seat=2)
    conferences.act(conference_id=conference, user=person("city"), command=act)
    assert fetch("village", file).status_code == 404, "put out of it"


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh", b"<svg/>", PDF + bytes(10 * 1024 * 1024)])
def test_anything_else_is_not_taken(conference: int, data: bytes) -> None:
    assert send("city", conference, data).status_code == 422
    assert messages_after(conference, 0) == ()


def test_files_are_forgotten_in_time_and_what_is_named_still_is_kept(conference: int) -> None:
    first, second = (send("city", conference, PDF, f"{n}.pdf").json()["id"] for n in "12")
    old = timezone.now() - settings.CONFERENCE_FILES_KEPT - timedelta(days=1)
    SharedFile.objects.filter(pk=first).update(at=old)
    assert services.forget_old(now=timezone.now()) == 1
    assert fetch("city", second).content == PDF
    digest = SharedFile.objects.get().sha256
    SharedFile.objects.update(at=old)
    assert services.forget_old(now=timezone.now()) == 1
    with pytest.raises(FileNotFoundError):
        services.STORE.read(digest)
    assert [message.file for message in messages_after(conference, 0)] == [None, None]


def test_a_guest_fetches_them_while_admitted(conference: int) -> None:
    file = send("village", conference, photo()).json()["id"]
    link, token = guests.create(
        user=person("city"), conference_id=conference, label="专家",
        valid_for=timedelta(hours=1), lobby=True,
    )  # fmt: skip
    _, secret = guests.claim(token=token, browser="")
    browser = Client()
    browser.cookies[guests.COOKIE] = secret

    def answers(path: str = "") -> int:
        return browser.get(f"/api/v1/guest/files/{file}{path}").status_code

    assert answers() == 404  # not there yet
    seat = guests.Guest(link.pk, conference).join().seat
    assert answers() == 404  # waits at the door
    conferences.act(
        conference_id=conference, user=person("city"), command=Admit(seat=seat), version=None
    )
    assert [answers(), answers("/thumbnail")] == [200, 200]
    # By the link alone, in its own conference alone, and no longer than the seat.
    assert Client().get(f"/api/v1/guest/files/{file}").status_code == 404
    assert browser.get(f"/api/v1/conference-files/{file}").status_code == 401
    other = conferences.open_conference(user=person("city2"), wanted=Opening()).pk
    conferences.join(conference_id=other, user=person("city2"))
    foreign = send("city2", other, photo()).json()["id"]
    assert browser.get(f"/api/v1/guest/files/{foreign}").status_code == 404
    guests.revoke(user=person("city"), conference_id=conference, link_id=link.pk)
    assert answers() == 404
