"""Whether the bridge listens: kept on record, so that what it was deaf to is known, by whoever runs next too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from iot_bridge.outages import services
from iot_bridge.outages.models import OutageCause


class Ear:
    """Called every other second; the database is its memory."""

    def __init__(self, bridge: str) -> None:
        self._bridge = bridge
        self.deaf = False

    def beat(self, *, connected: bool, codes: Sequence[str], now: datetime | None = None) -> None:
        """The line stands, or it does not."""
        at = now or datetime.now(UTC)
        if connected:
            services.hears(bridge=self._bridge, codes=codes, now=at)
            self.deaf = False
        elif not self.deaf:
            cause = OutageCause.BROKER_DOWN
            self.deaf = services.is_deaf(bridge=self._bridge, codes=codes, cause=cause, now=at)
