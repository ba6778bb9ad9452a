"""The patrol socket's contract as a document: AsyncAPI."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from command_center.api.contract import pretty
from command_center.feed.messages import CloseCode
from dispatch.push.messages import SERVER_FRAMES


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of the patrol's socket."""
    template = "#/components/schemas/{model}"
    _map, schema = models_json_schema(
        [(model, "serialization") for model in SERVER_FRAMES], ref_template=template
    )
    names = [model.__name__ for model in SERVER_FRAMES]
    messages = {
        model.__name__: {
            "payload": {"$ref": template.format(model=model.__name__)},
            "summary": (model.__doc__ or "").split("\n")[0],
        }
        for model in SERVER_FRAMES
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lingdun patrol socket",
            "version": "1",
            "description": "The socket of a patrol's app. Session cookie; Origin checked. See docs/protocol/patrol.md.",
        },
        "channels": {"patrol": {"address": "/ws/patrol", "messages": messages}},
        "operations": {
            "toPatrol": {
                "action": "send",
                "channel": {"$ref": "#/channels/patrol"},
                "messages": [{"$ref": f"#/channels/patrol/messages/{name}"} for name in names],
            }
        },
        "components": {"schemas": schema["$defs"]},
        "x-close-codes": {code.reason: int(code) for code in CloseCode},
    }


def documents() -> dict[str, str]:
    """The generated file of the patrol's socket."""
    return {"docs/api/asyncapi-patrol.json": pretty(asyncapi())}
