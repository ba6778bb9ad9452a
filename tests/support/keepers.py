"""Staff of the administration pages, signed in."""

from __future__ import annotations

from django.test import Client

from command_center.accounts.models import Post, User

PASSWORD = "a long enough password"


def account(username: str, *posts: tuple[str, str], staff: bool = False) -> User:
    """An account with posts, each a role and where."""
    user = User.objects.create_user(username, password=PASSWORD, is_staff=staff)
    for role, code in posts:
        Post.objects.create(user=user, role=role, jurisdiction_id=code)
    return user


def enter(*posts: tuple[str, str], username: str = "keeper") -> Client:
    """Sign staff with these posts in."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(account(username, *posts, staff=True))
    return client


def text(client: Client, path: str) -> str:
    """A page as it is sent."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()
