"""Changing accounts and their posts. The admin and the demo come through here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_otp import devices_for_user
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import scope_of
from command_center.audit.services import Action, record
from command_center.jurisdictions.codes import common_ancestor
from command_center.jurisdictions.selectors import root_code
from command_center.sessions.services import access_changed


@dataclass(frozen=True, slots=True)
class PostAt:
    """A role at a jurisdiction."""

    role: Role
    code: str


def save_account(
    *,
    user: User,
    posts: Iterable[PostAt] | None = None,
    password: str | None = None,
    actor: User | None,
) -> User:
    """Create an account or change it, its posts (None: leave them) and its password (None: leave it).

    Its open sockets close, so that they come back with the new rights. An actor may only grant or
    take posts within the jurisdictions where they may manage accounts. Raises ValidationError.
    """
    created = user.pk is None
    if password is not None:
        user.set_password(password)
    user.full_clean()
    with transaction.atomic():
        before = None if created else User.objects.select_for_update().get(pk=user.pk)
        changed = [] if before is None else _changes(before, user)
        user.save()
        given, taken = _set_posts(user, posts, actor)
        if password is not None and "password" not in changed:
            changed.append("password")
        _record(actor, user, created=created, changed=changed, given=given, taken=taken)
        if not created:
            access_changed(user)
    return user


def create_account(
    *,
    username: str,
    name: str,
    password: str,
    posts: Iterable[PostAt],
    is_staff: bool = False,
    actor: User | None = None,
) -> User:
    """Create an account with its posts."""
    user = User(username=username, name=name, is_staff=is_staff)
    return save_account(user=user, posts=posts, password=password, actor=actor)


def _changes(before: User, after: User) -> list[str]:
    names = ("username", "name", "email", "language", "is_active", "is_staff", "password")
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _set_posts(
    user: User, posts: Iterable[PostAt] | None, actor: User | None
) -> tuple[set[PostAt], set[PostAt]]:
    if posts is None:
        return set(), set()
    wanted = set(posts)
    rows = {PostAt(Role(post.role), post.jurisdiction_id): post for post in user.posts.all()}
    given, taken = wanted - rows.keys(), rows.keys() - wanted
    if actor is not None:
        scope = scope_of(actor, Permission.ACCOUNTS_MANAGE)
        for post in sorted(given | taken, key=lambda post: (post.code, post.role)):
            if not scope.covers(post.code):
                raise ValidationError(
                    _("%(code)s lies outside the jurisdictions whose accounts you manage.")
                    % {"code": post.code},
                    code="outside",
                )
    Post.objects.filter(pk__in=[rows[post].pk for post in taken]).delete()
    Post.objects.bulk_create(
        Post(user=user, role=post.role, jurisdiction_id=post.code) for post in sorted_posts(given)
    )
    return given, taken


def sorted_posts(posts: Iterable[PostAt]) -> list[PostAt]:
    """Posts in the order in which they are shown: by place, then role."""
    return sorted(posts, key=lambda post: (post.code, post.role))


def _record(
    actor: User | None,
    user: User,
    *,
    created: bool,
    changed: list[str],
    given: set[PostAt],
    taken: set[PostAt],
) -> None:
    codes = list(user.posts.values_list("jurisdiction_id", flat=True)) + [p.code for p in taken]
    record(
        action=Action.ACCOUNT_CHANGED,
        actor=actor,
        subject=user.username,
        code=common_ancestor(codes) or root_code(),  # who oversees all of it
        detail={
            "created": created,
            "changed": changed,
            "posts_given": [f"{post.role}@{post.code}" for post in sorted_posts(given)],
            "posts_taken": [f"{post.role}@{post.code}" for post in sorted_posts(taken)],
        },
    )


def remove_account(*, user: User, actor: User | None) -> None:
    """Delete an account; its sockets close. What it did stays on record under its name."""
    with transaction.atomic():
        codes = list(user.posts.values_list("jurisdiction_id", flat=True))
        record(
            action=Action.ACCOUNT_CHANGED,
            actor=actor,
            subject=user.username,
            code=common_ancestor(codes) or root_code(),  # who oversees all of it
            detail={"removed": True},
        )
        access_changed(user)
        user.delete()


# -- one-time passwords (TOTP, RFC 6238) ----------------------------------------------------------


def new_one_time_key() -> str:
    """A fresh secret, hexadecimal."""
    return str(default_key())


def one_time_address(*, user: User, key: str) -> str:
    """What an authenticator scans (an otpauth URI)."""
    return str(TOTPDevice(user=user, key=key, name="totp").config_url)


def set_one_time_password(*, user: User, key: str, token: str, actor: User) -> TOTPDevice:
    """Ask for tokens of this secret from now on. `token` proves that the authenticator has it."""
    device = TOTPDevice(user=user, key=key, name="totp", confirmed=True)
    with transaction.atomic():
        user_row = User.objects.select_for_update().get(pk=user.pk)
        TOTPDevice.objects.filter(user=user_row).delete()
        device.save()
        if not (token.isdigit() and device.verify_token(token)):
            raise ValidationError(
                _("These digits do not fit the secret; check the phone's clock and try again."),
                code="wrong_token",
            )
        _record_otp(user, actor, "set_up")
    return device


def remove_one_time_password(*, user: User, actor: User) -> None:
    """Sign in with the password alone from now on."""
    with transaction.atomic():
        for device in devices_for_user(user):
            device.delete()
        _record_otp(user, actor, "removed")


def verified_by(request: HttpRequest, device: TOTPDevice, actor: User) -> None:
    """Whoever set up their own one-time password just now has entered it in this session."""
    if device.user_id == actor.pk:
        otp_login(request, device)


def _record_otp(user: User, actor: User, what: str) -> None:
    codes = list(user.posts.values_list("jurisdiction_id", flat=True))
    record(
        action=Action.ACCOUNT_CHANGED,
        actor=actor,
        subject=user.username,
        code=common_ancestor(codes) or root_code(),  # who oversees all of it
        detail={"one_time_password": what},
    )
