"""The one place that decides what lies inside a person's jurisdictions.

Every list, detail, count, feed frame and admin page goes through `scope_of` and `visible_to`:
what lies outside does not exist for that person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model, Q, QuerySet

from command_center.accounts.models import Post, User
from command_center.accounts.policy import ROLE_PERMISSIONS, Permission, Role
from command_center.jurisdictions.codes import minimal, successor, within

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of subtrees, as the shortest code prefixes that cover them."""

    prefixes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.prefixes)

    def covers(self, code: str) -> bool:
        """Whether a code lies inside."""
        return within(code, self.prefixes)

    def under(self, prefix: str | None) -> Scope:
        """The part of the scope that lies in a subtree; all of it without one."""
        if prefix is None:
            return self
        inside = {prefix if within(prefix, [own]) else own for own in self.prefixes}
        return Scope(minimal(code for code in inside if code.startswith(prefix)))

    def condition(self, field: str = "code") -> Q:
        """The same test as a database condition on a code field; matches nothing when empty."""
        condition = Q(pk__in=[])
        for prefix in self.prefixes:
            condition |= Q(**{f"{field}__gte": prefix, f"{field}__lt": successor(prefix)})
        return condition

    def touches(self, code: str) -> bool:
        """Whether a code lies inside, or above: what concerns a whole subtree concerns everyone in it."""
        return self.covers(code) or any(prefix.startswith(code) for prefix in self.prefixes)

    def touching(self, field: str = "code") -> Q:
        """The same test as a database condition on a code field."""
        above = {prefix[:length] for prefix in self.prefixes for length in range(1, len(prefix))}
        return self.condition(field) | Q(**{f"{field}__in": sorted(above)})


NOWHERE = Scope(())


def scopes_of(user: User | AnonymousUser) -> dict[Permission, Scope]:
    """Every permission that a person's posts give, with where it holds. One query."""
    if not user.is_authenticated or not user.is_active:
        return {}
    codes: dict[Permission, list[str]] = {}
    for role, code in Post.objects.filter(user_id=user.pk).values_list("role", "jurisdiction_id"):
        for permission in ROLE_PERMISSIONS[Role(role)]:
            codes.setdefault(permission, []).append(code)
    return {permission: Scope(minimal(found)) for permission, found in sorted(codes.items())}


def scope_of(user: User | AnonymousUser, permission: Permission) -> Scope:
    """Where a person holds a permission; empty if nowhere."""
    return scopes_of(user).get(permission, NOWHERE)


def visible_to(
    queryset: QuerySet[M],
    user: User | AnonymousUser,
    permission: Permission,
    *,
    field: str = "code",
) -> QuerySet[M]:
    """The rows of a query that exist for this person under this permission.

    `field` names the code field of the rows, across relations if need be.
    """
    return queryset.filter(scope_of(user, permission).condition(field))
