"""Whoever sits in a conference through a socket, as far as the socket cares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conferencing.conferences import services
from conferencing.conferences.models import Conference
from conferencing.conferences.services import Seated
from conferencing.policy.commands import Act

if TYPE_CHECKING:
    from command_center.accounts.models import User


class Sitter(Protocol):
    """Somebody, and the conference that they are at. Both raise NotThereError and RefusedError."""

    @property
    def conference(self) -> int:
        """Its number in the database."""

    def join(self) -> Seated:
        """Take the seat by a connection that is made here."""

    def act(self, command: Act, version: int | None) -> Conference:
        """Carry out a command of the seat. Raises StaleError too."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person with an account, at a post of theirs."""

    user: User
    conference: int

    def join(self) -> Seated:
        """Take the seat."""
        return services.join(conference_id=self.conference, user=self.user)

    def act(self, command: Act, version: int | None) -> Conference:
        """Carry out a command."""
        return services.act(
            conference_id=self.conference, user=self.user, command=command, version=version
        )
