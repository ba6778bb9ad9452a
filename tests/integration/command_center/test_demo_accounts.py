"""The demo accounts' password that is printed is the one that works."""

from dataclasses import replace
from pathlib import Path

import pytest

from command_center.accounts.models import Post, User
from command_center.env import Environment
from command_center.jurisdictions.models import Jurisdiction
from command_center.supervisor.demo import account_table, demo_password

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(data_dir=tmp_path)


def test_a_generated_password_stays_the_same(environment: Environment) -> None:
    password = demo_password(environment)
    assert len(password) == 14
    assert demo_password(environment) == password
    assert (environment.data_dir / "demo_password").stat().st_mode & 0o777 == 0o600


def test_a_given_password_is_remembered(environment: Environment) -> None:
    assert demo_password(replace(environment, demo_password="given")) == "given"
    assert demo_password(environment) == "given"


def test_accounts_that_still_have_the_old_password_get_the_new_one(
    environment: Environment,
) -> None:
    old = demo_password(environment)
    User.objects.create_user("city", password=old)
    User.objects.create_user("town", password="chosen by its owner")
    User.objects.create_user("somebody", password=old)
    demo_password(replace(environment, demo_password="new"))
    assert User.objects.get(username="city").check_password("new")
    assert User.objects.get(username="town").check_password("chosen by its owner")
    assert User.objects.get(username="somebody").check_password(old)


def test_the_table_shows_the_demo_accounts_alone() -> None:
    place = Jurisdiction.objects.create(code="640181", name="灵武市", level="city")
    for username in ("town", "city", "somebody"):
        user = User.objects.create_user(username)
        Post.objects.create(user=user, role="dispatcher", jurisdiction=place)
    lines = account_table("pw").split("\n")
    assert [line.split() for line in lines[1:3]] == [
        ["city", "dispatcher", "灵武市"],
        ["town", "dispatcher", "灵武市"],
    ]
    assert lines[3:] == ["Their password: pw"]


def test_without_accounts_there_is_nothing_to_show() -> None:
    assert account_table("pw") == ""
