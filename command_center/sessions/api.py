"""REST: the session, and who one is."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Schema, Status
from pydantic import Field

from command_center.accounts.models import User
from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import scopes_of
from command_center.api.auth import user_of
from command_center.jurisdictions.selectors import names_above
from command_center.sessions import services

router = Router(tags=["session"])


class Credentials(Schema):
    """What opens a session. `otp` only where the account has a one-time password."""

    username: str = Field(min_length=1, max_length=150)
    password: str = Field(min_length=1, max_length=1000)
    otp: str | None = Field(default=None, max_length=16)


class PostData(Schema):
    """A role at a jurisdiction."""

    id: int
    role: Role
    code: str
    name: str


class Me(Schema):
    """Who one is, and what one's posts allow where (code prefixes). `above`: names of what lies over the posts."""

    id: int
    username: str
    name: str
    language: str
    staff: bool
    posts: list[PostData]
    above: dict[str, str]
    permissions: dict[Permission, list[str]]


def _me(user: User) -> Me:
    posts = list(user.posts.values_list("pk", "role", "jurisdiction_id", "jurisdiction__name"))
    return Me(
        id=user.pk,
        username=user.username,
        name=user.display_name,
        language=user.language,
        staff=user.is_staff,
        posts=[
            PostData(id=key, role=Role(role), code=code, name=name)
            for key, role, code, name in posts
        ],
        above=names_above(code for _key, _role, code, _name in posts),
        permissions={key: list(scope.prefixes) for key, scope in scopes_of(user).items()},
    )


@router.post("/session", auth=None, response=Me)
def open_session(request: HttpRequest, credentials: Credentials) -> Me:
    """Open a session: sets the session and CSRF cookies. 401 wrong; 403 `otp_required`; 429 locked out."""
    user = services.open_session(
        request,
        username=credentials.username,
        password=credentials.password,
        otp=credentials.otp,
    )
    get_token(request)
    return _me(user)


@router.delete("/session", response={204: None})
def close_session(request: HttpRequest) -> Status[None]:
    """Close the session."""
    services.close_session(request, user_of(request))
    return Status(204, None)


@router.get("/me", response=Me)
def me(request: HttpRequest) -> Me:
    """Who one is."""
    get_token(request)
    return _me(user_of(request))
