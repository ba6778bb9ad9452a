"""The socket of a guest's seat: known by what its browser got when it used the link, and by nothing else."""

from __future__ import annotations

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import CloseCode
from conferencing.conferences import guests
from conferencing.conferences.guests import Guest
from conferencing.conferences.sitting import Sitter
from conferencing.signalling.consumer import ConferenceConsumer
from conferencing.signalling.database import ask


class GuestConsumer(ConferenceConsumer):
    """`/ws/guest`: the frames of `/ws/conference/{id}`. A session that the browser may have counts for nothing."""

    def may_enter(self, scopes: dict[Permission, Scope]) -> bool:
        """No post opens this socket."""
        return False

    async def connect(self) -> None:
        """Accept a browser that has used a link, for the conference that it leads to."""
        await self._begin()
        browser = self.scope["cookies"].get(guests.COOKIE, "")
        try:
            link = await ask(lambda: guests.of_browser(browser))
        except guests.GuestError:
            await self._refuse(CloseCode.UNAUTHENTICATED)
            return
        self._guest = Guest(link.pk, link.conference_id)
        self._spawn(self._pump())
        await self.entered()

    def sitter(self) -> Sitter:
        """The guest."""
        return self._guest
