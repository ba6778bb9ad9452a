"""The live feed's contract as documents: JSON Schema, AsyncAPI, and a page of its events."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from command_center.api.contract import pretty
from command_center.feed.messages import SERVER_FRAMES, CloseCode, Hello, Seen
from command_center.feed.sections import FeedModel, sections

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CLIENT_FRAMES: tuple[type[FeedModel], ...] = (Hello, Seen)
FRAMES: tuple[type[FeedModel], ...] = (*CLIENT_FRAMES, *SERVER_FRAMES)


def _models() -> list[type[FeedModel]]:
    found: list[type[FeedModel]] = [*FRAMES]
    for section in sections():
        found += [section.item, *section.removals.values()]
    return list(dict.fromkeys(found))


def _definitions(template: str) -> dict[str, Any]:
    _map, schema = models_json_schema(
        [(model, "serialization") for model in _models()], ref_template=template
    )
    definitions: dict[str, Any] = schema["$defs"]
    state = {
        section.name: {
            "type": "array",
            "items": {"$ref": template.format(model=section.item.__name__)},
        }
        for section in sections()
    }
    definitions["State"] = {
        "title": "State",
        "description": "What a console holds, by section.",
        "type": "object",
        "properties": state,
        "required": list(state),
        "additionalProperties": False,
    }
    definitions["Snapshot"]["properties"]["state"] = {"$ref": template.format(model="State")}
    return definitions


def feed_schema() -> dict[str, Any]:
    """JSON Schema of every frame; `x-sections` says how events fold into the state."""
    return {
        "$schema": DIALECT,
        "title": "Lingdun live feed",
        "oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in FRAMES],
        "$defs": _definitions("#/$defs/{model}"),
        "x-sections": {
            section.name: {
                "item": section.item.__name__,
                "key": section.key,
                "upserts": sorted(section.upserts),
                "removals": sorted(section.removals),
            }
            for section in sections()
        },
        "x-close-codes": {code.reason: int(code) for code in CloseCode},
    }


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of the console's socket."""

    def message(model: type[FeedModel]) -> dict[str, Any]:
        return {
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
            "summary": (model.__doc__ or "").split("\n")[0],
        }

    frames = {model.__name__: message(model) for model in FRAMES}

    def references(models: tuple[type[FeedModel], ...]) -> list[dict[str, str]]:
        return [{"$ref": f"#/channels/console/messages/{model.__name__}"} for model in models]

    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lingdun live feed",
            "version": "1",
            "description": "The socket of a console. Session cookie; Origin checked. See docs/protocol/feed.md.",
        },
        "channels": {"console": {"address": "/ws/console", "messages": frames}},
        "operations": {
            "fromConsole": {
                "action": "receive",
                "channel": {"$ref": "#/channels/console"},
                "messages": references(CLIENT_FRAMES),
            },
            "toConsole": {
                "action": "send",
                "channel": {"$ref": "#/channels/console"},
                "messages": references(SERVER_FRAMES),
            },
        },
        "components": {"schemas": _definitions("#/components/schemas/{model}")},
    }


def documents() -> dict[str, str]:
    """The generated files of the live feed."""
    return {
        "docs/api/feed.schema.json": pretty(feed_schema()),
        "docs/api/asyncapi-console.json": pretty(asyncapi()),
        "docs/protocol/feed-events.md": _page(),
    }


def _page() -> str:
    lines = [
        "# Events of the live feed",
        "",
        "Generated from the code by `make generate`; how the feed works is told in [feed.md](feed.md), the",
        "schemas are in [feed.schema.json](../api/feed.schema.json) and [AsyncAPI](../api/asyncapi-console.json).",
        "",
        "An event carries the whole object after the change, or the key of what is gone, so that applying one",
        "twice does no harm.",
        "",
    ]
    definitions = _definitions("{model}")
    for section in sections():
        lines += [f"## {section.name}", "", (section.item.__doc__ or "").strip(), ""]
        lines += [f"Keyed by `{section.key}`; seen by posts with `{section.permission}`.", ""]
        lines += [f"- `{kind}`: the object" for kind in sorted(section.upserts)]
        lines += [f"- `{kind}`: its `{section.key}`" for kind in sorted(section.removals)]
        lines += ["", "| field | type |", "|---|---|"]
        properties = definitions[section.item.__name__]["properties"]
        lines += [f"| `{name}` | {_type(value)} |" for name, value in properties.items()]
        lines.append("")
    lines += ["## Close codes", "", "| code | reason |", "|---|---|"]
    lines += [f"| {int(code)} | `{code.reason}` |" for code in CloseCode]
    return "\n".join([*lines, ""])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref']}`"
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    return str(schema.get("type", "any"))
