"""The frames of `/ws/patrol`, each a closed typed model. The protocol is told in docs/protocol/patrol.md."""

from __future__ import annotations

from typing import Literal

from command_center.feed.sections import FeedModel


class TasksHint(FeedModel):
    """Something has changed about the tasks of one's units: read them again."""

    type: Literal["tasks"] = "tasks"


class PatrolHeartbeat(FeedModel):
    """Every 5 s; none for 12 s means that the socket is dead."""

    type: Literal["heartbeat"] = "heartbeat"
    now: str


SERVER_FRAMES: tuple[type[FeedModel], ...] = (TasksHint, PatrolHeartbeat)
