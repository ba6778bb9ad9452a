"""Who asks, and whether a post of theirs allows it."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scopes_of
from command_center.api.problems import Problem, ProblemCode


def user_of(request: HttpRequest) -> User:
    """The person who asks (the API's routes need a session unless they say otherwise)."""
    return cast(User, request.user)


def require(request: HttpRequest, permission: Permission) -> Scope:
    """Where the person who asks holds a permission; 403 if nowhere."""
    scope = scopes_of(request.user).get(permission)
    if not scope:
        raise Problem(ProblemCode.FORBIDDEN, f"needs a post with {permission}")
    return scope


def address_of(request: HttpRequest) -> str | None:
    """The peer's address, for the audit."""
    return request.META.get("REMOTE_ADDR") or None
