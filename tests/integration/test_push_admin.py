"""Webhooks in the admin: who sees them, what they may hold, and that a secret is never shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from command_center.accounts.models import Post, User
from command_center.audit.models import AuditEntry
from command_center.hosts import parse_hosts
from command_center.jurisdictions.models import Jurisdiction
from dispatch.push.models import NtfyServer, Webhook

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
PAGE = "/admin/push/webhook/"
Enter = Callable[..., Client]


@pytest.fixture(autouse=True)
def _city(settings: Any) -> None:
    settings.WEBHOOK_HOSTS = parse_hosts(["oapi.dingtalk.com", "http://10.1.2.3:8080"])
    for code, level, parent in (
        (CITY, "city", None), (EAST, "township", CITY), (SOUTH, "township", CITY)
    ):  # fmt: skip
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)


@pytest.fixture
def enter() -> Enter:
    """Signs staff with a post in: `enter("administrator", EAST)`."""

    def make(role: str, code: str) -> Client:
        user = User.objects.create(username=f"{role}-{code}", is_staff=True)
        Post.objects.create(user=user, role=role, jurisdiction_id=code)
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(user)
        return client

    return make


def form(**more: Any) -> dict[str, Any]:
    return {
        "name": "东塔群",
        "kind": "dingtalk",
        "url": "https://oapi.dingtalk.com/robot/send?access_token=t0ken",
        "new_secret": "SECret",
        "jurisdiction": EAST,
        "in_use": "on",
        "encoding": "json",
        "body": "{}",
        "headers": "{}",
        "expected": "{}",
        **more,
    }


def test_a_webhook_is_set_up_and_its_secret_not_shown_again(enter: Enter) -> None:
    client = enter("administrator", EAST)
    assert client.post(f"{PAGE}add/", form()).status_code == 302
    row = Webhook.objects.get()
    assert (row.kind, row.secret, row.jurisdiction_id) == ("dingtalk", "SECret", EAST)
    for page in (PAGE, f"{PAGE}{row.pk}/change/"):
        assert "SECret" not in client.get(page).content.decode()
    assert "t0ken" not in client.get(PAGE).content.decode()
    entry = AuditEntry.objects.get(action="incidents.configured")
    assert (entry.code, entry.detail["host"]) == (EAST, "oapi.dingtalk.com")


def test_an_empty_secret_leaves_it_as_it_is(enter: Enter) -> None:
    client = enter("administrator", EAST)
    client.post(f"{PAGE}add/", form())
    change = f"{PAGE}{Webhook.objects.get().pk}/change/"
    assert client.post(change, form(name="新名", new_secret="")).status_code == 302
    assert (Webhook.objects.get().name, Webhook.objects.get().secret) == ("新名", "SECret")
    client.post(change, form(new_secret="", without_secret="on"))
    assert Webhook.objects.get().secret == ""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "https://evil.example/x"}, "evil.example is not on this installation&#x27;s list"),
        ({"url": "gopher://x"}, "no address that can be called"),
        ({"kind": "sms", "url": "http://10.1.2.3:8080/sms"}, "needs what it is sent"),
        ({"headers": '{"X": "y"}'}, "Only an SMS gateway has this"),
        ({"template": "<sms/>"}, "Only an SMS gateway has this"),
        (
            {
                "kind": "sms",
                "url": "http://10.1.2.3:8080/sms",
                "encoding": "text",
                "body": '{"x": 1}',
            },
            "needs what it is sent",
        ),
        ({"kind": "sms", "body": "[1]"}, "A JSON object is wanted"),
        ({"jurisdiction": SOUTH}, "Select a valid choice"),
    ],
)
def test_what_cannot_work_is_told_beside_its_field(
    enter: Enter, wrong: dict[str, str], told: str
) -> None:
    answer = enter("administrator", EAST).post(f"{PAGE}add/", form(**wrong))
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Webhook.objects.exists()


def test_webhooks_belong_to_who_administers_there(enter: Enter) -> None:
    assert (
        enter("administrator", SOUTH).post(f"{PAGE}add/", form(jurisdiction=SOUTH)).status_code
        == 302
    )
    key = Webhook.objects.get().pk
    east = enter("administrator", EAST)
    assert "东塔群" not in east.get(PAGE).content.decode()
    assert east.get(f"{PAGE}{key}/change/").status_code == 302
    assert enter("dispatcher", CITY).get(PAGE).status_code == 403
    city = enter("administrator", CITY)
    assert "东塔群" in city.get(PAGE).content.decode()
    assert city.post(f"{PAGE}{key}/delete/", {"post": "yes"}).status_code == 302
    assert not Webhook.objects.exists()


def test_the_token_of_an_ntfy_server_is_written_and_never_read(enter: Enter, settings: Any) -> None:
    settings.PUSH_HOSTS = parse_hosts(["ntfy.example.org", "fcm.googleapis.com"])
    page, server = "/admin/push/ntfyserver/", "https://ntfy.example.org"
    assert enter("administrator", EAST).get(page).status_code == 403
    client = enter("administrator", CITY)
    for wrong in ({"new_token": ""}, {"new_token": "two words"}, {"server": "https://x.example"}):
        answer = client.post(f"{page}add/", {"server": server, "new_token": "tk_1", **wrong})
        assert (answer.status_code, NtfyServer.objects.count()) == (200, 0), wrong
    client.post(f"{page}add/", {"server": server, "new_token": "tk_SECret"})
    row = NtfyServer.objects.get()
    change = f"{page}{row.pk}/change/"
    assert "SECret" not in (client.get(page).content + client.get(change).content).decode()
    client.post(change, {"server": server, "new_token": ""})
    assert NtfyServer.objects.get().token == "tk_SECret"
    assert client.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not NtfyServer.objects.exists()
    entries = AuditEntry.objects.filter(subject=f"ntfy {server}")
    assert (entries.count(), "SECret" in str(list(entries.values()))) == (3, False)
