"""`manage.py create_account`: the first administrator of an installation."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import scope_of
from command_center.jurisdictions.models import Jurisdiction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    city = Jurisdiction(code="640181", name="灵武市")
    city.derive()
    city.save()


def create(monkeypatch: pytest.MonkeyPatch, password: str, *arguments: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    call_command("create_account", *arguments)


def test_an_administrator_of_the_city_may_manage_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, "correct horse battery", "root", "--at", "640181")
    user = User.objects.get(username="root")
    assert user.is_staff
    assert user.check_password("correct horse battery")
    assert scope_of(user, Permission.ACCOUNTS_MANAGE).prefixes == ("640181",)


@pytest.mark.parametrize(
    ("password", "arguments", "said"),
    [
        ("correct horse battery", ("root", "--at", "999999"), "no jurisdiction 999999"),
        ("123", ("root", "--at", "640181"), "8"),
    ],
)
def test_what_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, password: str, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        create(monkeypatch, password, *arguments)
    assert not User.objects.exists()


def test_a_name_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, "correct horse battery", "root", "--at", "640181")
    with pytest.raises(CommandError, match=r"root|已存在|exists"):
        create(monkeypatch, "correct horse battery", "root", "--at", "640181")
