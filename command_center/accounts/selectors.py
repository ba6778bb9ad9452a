"""Questions about accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django_otp import user_has_device

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission, Role, roles_granting
from command_center.accounts.scope import Scope


def any_account() -> bool:
    """Whether there is an account at all."""
    return User.objects.exists()


def has_one_time_password(user: User) -> bool:
    """Whether signing in needs a one-time password as well."""
    return bool(user_has_device(user))


def posts_of(user: User) -> tuple[tuple[Role, str], ...]:
    """The posts of a person as (role, jurisdiction code); none of an account that is locked."""
    if not user.is_active:
        return ()
    rows = Post.objects.filter(user=user).order_by("jurisdiction_id", "role")
    return tuple((Role(role), code) for role, code in rows.values_list("role", "jurisdiction_id"))


def holders_of(role: Role, code: str) -> list[int]:
    """Ids of the people who hold a post of this role at this very jurisdiction; not of locked accounts."""
    rows = Post.objects.filter(role=role, jurisdiction_id=code, user__is_active=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def holding(permission: Permission, *, over: str, within: Scope) -> list[User]:
    """The people with a post inside `within` that allows this at a jurisdiction or above it, by name."""
    posts = Post.objects.filter(
        within.condition("jurisdiction_id"), role__in=roles_granting(permission)
    )
    pairs = posts.filter(user__is_active=True).values_list("user_id", "jurisdiction_id")
    ids = {user_id for user_id, code in pairs if over.startswith(code)}
    people = User.objects.filter(pk__in=ids)
    return sorted(people, key=lambda person: (person.display_name, person.pk))


@dataclass(frozen=True, slots=True)
class PostHeld:
    """Somebody at a post."""

    user_id: int
    name: str
    role: Role
    code: str


def posts_at(codes: Iterable[str], permission: Permission) -> list[PostHeld]:
    """Who holds a post with a permission at these very jurisdictions; not of locked accounts."""
    rows = Post.objects.filter(
        jurisdiction_id__in=list(codes), role__in=roles_granting(permission), user__is_active=True
    ).select_related("user")
    return [
        PostHeld(row.user_id, row.user.display_name, Role(row.role), row.jurisdiction_id)
        for row in rows.order_by("jurisdiction_id", "user_id", "role")
    ]
