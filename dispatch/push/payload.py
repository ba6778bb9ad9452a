"""What is sent to the app, as JSON, never longer than a push service takes. Pure."""

from __future__ import annotations

import json

LIMIT = 3 * 1024
"""Bytes before encryption. Services take 4096 after it (RFC 8030, section 7.2), old ones less."""
TITLE_LIMIT = 400


def encode(
    *,
    title: str,
    body: str,
    at: str,
    task_id: int | None = None,
    incident_id: int | None = None,
    conference_id: int | None = None,
    schedule_id: int | None = None,
    alarm_id: int | None = None,
) -> bytes:
    """The payload, about a task, an incident, a conference, a planned one or an alarm; a text that is too long is cut at its end."""
    kind, key = "incident", incident_id
    if task_id is not None:
        kind, key = "task", task_id
    elif conference_id is not None:
        kind, key = "conference", conference_id
    elif schedule_id is not None:
        kind, key = "schedule", schedule_id
    elif alarm_id is not None:
        kind, key = "alarm", alarm_id
    content = {"type": kind, kind: key, "title": cut(title, TITLE_LIMIT), "at": at}
    room = LIMIT
    while True:
        text = _json({**content, "body": cut(body, room)})
        if len(text) <= LIMIT:
            return text
        room -= len(text) - LIMIT


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis, in at most `limit` bytes of UTF-8 (3 at the least)."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    room = max(0, limit - len("…".encode()))
    return encoded[:room].decode(errors="ignore").rstrip() + "…"
