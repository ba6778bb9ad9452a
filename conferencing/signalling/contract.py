"""The conference sockets' contract as documents: JSON Schema, and AsyncAPI."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from command_center.api.contract import pretty
from command_center.feed.messages import CloseCode
from command_center.feed.sections import FeedModel
from conferencing.signalling.messages import (
    CLIENT_FRAMES,
    INVITATION_FRAMES,
    SERVER_FRAMES,
    ConferenceClose,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FRAMES = (*CLIENT_FRAMES, *SERVER_FRAMES, *INVITATION_FRAMES)
CLOSE_CODES = {
    **{code.reason: int(code) for code in CloseCode},
    **{code.reason: int(code) for code in ConferenceClose},
}


def _definitions(template: str) -> dict[str, Any]:
    modes: list[tuple[type[FeedModel], Literal["validation", "serialization"]]] = [
        *((model, "validation") for model in CLIENT_FRAMES),
        *((model, "serialization") for model in (*SERVER_FRAMES, *INVITATION_FRAMES)),
    ]
    _map, schema = models_json_schema(modes, ref_template=template)
    found: dict[str, Any] = schema["$defs"]
    return found


def conference_schema() -> dict[str, Any]:
    """JSON Schema of every frame."""
    return {
        "$schema": DIALECT,
        "title": "Lingdun conference",
        "oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in FRAMES],
        "$defs": _definitions("#/$defs/{model}"),
        "x-close-codes": CLOSE_CODES,
    }


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of the conference's socket and of the invitations'."""

    def message(model: type[FeedModel]) -> dict[str, Any]:
        return {
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
            "summary": (model.__doc__ or "").split("\n")[0],
        }

    def operation(channel: str, action: str, models: tuple[type[FeedModel], ...]) -> dict[str, Any]:
        return {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [
                {"$ref": f"#/channels/{channel}/messages/{model.__name__}"} for model in models
            ],
        }

    def messages(*models: type[FeedModel]) -> dict[str, Any]:
        return {model.__name__: message(model) for model in models}

    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lingdun conference sockets",
            "version": "1",
            "description": "Session cookie; Origin checked. See docs/protocol/conference.md.",
        },
        "channels": {
            "conference": {
                "address": "/ws/conference/{id}",
                "messages": messages(*CLIENT_FRAMES, *SERVER_FRAMES),
                "parameters": {"id": {"description": "the conference's id"}},
            },
            "invitations": {
                "address": "/ws/invitations",
                "messages": messages(*INVITATION_FRAMES),
            },
        },
        "operations": {
            "fromSeat": operation("conference", "receive", CLIENT_FRAMES),
            "toSeat": operation("conference", "send", SERVER_FRAMES),
            "toPerson": operation("invitations", "send", INVITATION_FRAMES),
        },
        "components": {"schemas": _definitions("#/components/schemas/{model}")},
        "x-close-codes": CLOSE_CODES,
    }


def documents() -> dict[str, str]:
    """The generated files of the conference's sockets."""
    return {
        "docs/api/conference.schema.json": pretty(conference_schema()),
        "docs/api/asyncapi-conference.json": pretty(asyncapi()),
    }
