"""Sessions: opening with password and one-time password, closing; and the effects of changed posts."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest
from django_otp import login as otp_login
from django_otp import match_token, user_has_device

from command_center.accounts.digest import session_digest
from command_center.accounts.models import Post, User
from command_center.api.auth import address_of
from command_center.api.problems import Problem, ProblemCode
from command_center.audit.services import Action, record
from command_center.feed.services import announce_access_change
from command_center.jurisdictions.selectors import root_code


def open_session(request: HttpRequest, *, username: str, password: str, otp: str | None) -> User:
    """Sign a person in; `Problem` says why not. Accounts with a TOTP device need its token too."""
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        locked = bool(getattr(request, "axes_locked_out", False))
        code = ProblemCode.LOCKED_OUT if locked else ProblemCode.WRONG_CREDENTIALS
        _refused(request, username, code)
        raise Problem(code)
    device = None
    if user_has_device(user):
        if not otp:
            raise Problem(ProblemCode.OTP_REQUIRED)
        device = match_token(user, otp)
        if device is None:
            _refused(request, username, ProblemCode.OTP_WRONG)
            raise Problem(ProblemCode.OTP_WRONG)
    with transaction.atomic():
        login(request, user)
        if device is not None:
            otp_login(request, device)
        record(
            action=Action.LOGIN,
            actor=user,
            subject=user.username,
            code=_code_of(user.username),
            address=address_of(request),
        )
    return user


def _refused(request: HttpRequest, username: str, code: ProblemCode) -> None:
    record(
        action=Action.LOGIN_REFUSED,
        actor_name=username[:150],
        subject=username[:120],
        code=_code_of(username),
        detail={"why": code},
        address=address_of(request),
    )


def _code_of(username: str) -> str:
    """Where an account belongs, so that the auditors of that place see its sessions; else the top."""
    codes = Post.objects.filter(user__username=username).values_list("jurisdiction_id", flat=True)
    return min(codes, key=lambda code: (len(code), code), default="") or root_code()


def close_session(request: HttpRequest, user: User) -> None:
    """Sign a person out, and have this session's sockets closed on every server."""
    digest = session_digest(request.session.session_key)
    with transaction.atomic():
        record(
            action=Action.LOGOUT,
            actor=user,
            subject=user.username,
            code=_code_of(user.username),
            address=address_of(request),
        )
        logout(request)  # before the announcement: nobody can come back with this session
        announce_access_change(user_id=user.pk, session=digest)


def access_changed(user: User) -> None:
    """After a change of posts, password or activity: that person's sockets close and come back anew."""
    announce_access_change(user_id=user.pk)
