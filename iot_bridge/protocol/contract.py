"""The device protocol as documents: JSON Schemas per kind, AsyncAPI, and a page. Pure, from the models."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from iot_bridge.protocol.actions import ACTIONS, TERMS
from iot_bridge.protocol.messages import (
    EVENTS,
    MAX_PAYLOAD_BYTES,
    AckMessage,
    CommandMessage,
    Envelope,
    EventData,
    ReplyMessage,
    StateMessage,
)
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ADDRESS = "sc/v1/{city6}/{township3}/{village3}/{kind}/{device_id}"

_CHANNELS: dict[Channel, tuple[type[BaseModel], str, str]] = {
    Channel.EVENT: (Envelope, "device → platform", "what happened; QoS 1"),
    Channel.STATE: (StateMessage, "device → platform", "retained; also the Last Will; QoS 1"),
    Channel.ACK: (AckMessage, "platform → device", "these events are in the database; QoS 0"),
    Channel.CMD: (CommandMessage, "platform → device", "a command; QoS 1, never retained"),
    Channel.REPLY: (ReplyMessage, "device → platform", "what became of a command; QoS 1"),
}


def documents() -> dict[str, str]:
    """The generated files of the device protocol."""
    files = {f"mqtt/schemas/{kind}.schema.json": _pretty(_kind_schema(kind)) for kind in Kind}
    return {
        **files,
        "docs/api/asyncapi-devices.json": _pretty(_asyncapi()),
        "docs/protocol/mqtt.md": _page(),
    }


def _pretty(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _definitions(models: list[type[BaseModel]], template: str) -> dict[str, Any]:
    unique = list(dict.fromkeys(models))
    _map, schema = models_json_schema(
        [(model, "validation") for model in unique], ref_template=template
    )
    found: dict[str, Any] = schema["$defs"]
    return found


def _event(kind: Kind, type_: str, model: type[EventData], template: str) -> dict[str, Any]:
    """The envelope of one event type."""
    return {
        "title": f"{kind}.{type_}",
        "description": (model.__doc__ or "").strip().split("\n")[0],
        "allOf": [{"$ref": template.format(model="Envelope")}],
        "properties": {
            "type": {"const": type_},
            "data": {"$ref": template.format(model=model.__name__)},
        },
        "required": ["event_id", "ts", "type"],
    }


def _kind_schema(kind: Kind) -> dict[str, Any]:
    template = "#/$defs/{model}"
    types = EVENTS[kind]
    return {
        "$schema": DIALECT,
        "title": f"Events of a {kind}",
        "oneOf": [_event(kind, type_, model, template) for type_, model in types.items()],
        "$defs": _definitions([Envelope, *types.values()], template),
    }


def _asyncapi() -> dict[str, Any]:
    template = "#/components/schemas/{model}"
    models: list[type[BaseModel]] = [model for model, _way, _what in _CHANNELS.values()]
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for channel, (model, way, what) in _CHANNELS.items():
        if channel is Channel.EVENT:
            messages = {
                f"{kind}_{type_}": {"payload": _event(kind, type_, data, template)}
                for kind, types in EVENTS.items()
                for type_, data in types.items()
            }
        else:
            messages = {
                model.__name__: {"payload": {"$ref": template.format(model=model.__name__)}}
            }
        channels[channel] = {
            "address": f"{ADDRESS}/{channel}",
            "description": what,
            "parameters": {
                "city6": {"description": "division code of the city, 6 digits"},
                "township3": {"description": "digits 7 to 9 of the division code"},
                "village3": {"description": "digits 10 to 12 of the division code"},
                "kind": {"enum": [kind.value for kind in Kind]},
                "device_id": {"description": "the registered id"},
            },
            "messages": messages,
        }
        operations[channel] = {
            "action": "receive" if way.startswith("device") else "send",
            "channel": {"$ref": f"#/channels/{channel}"},
        }
    data = [model for types in EVENTS.values() for model in types.values()]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lingdun device protocol",
            "version": "1",
            "description": "What devices say over MQTT. See docs/protocol/mqtt.md.",
        },
        "channels": channels,
        "operations": operations,
        "components": {"schemas": _definitions([*models, *data], template)},
    }


def _page() -> str:
    example = {
        "event_id": "01JC…",
        "ts": 1763740800123,
        "type": "occupied",
        "data": {"occupied": True, "battery": 87},
    }
    lines = [
        "# Devices over MQTT",
        "",
        "Generated from the code by `make generate`. Schemas: [mqtt/schemas](../../mqtt/schemas),",
        "[AsyncAPI](../api/asyncapi-devices.json); real payloads: [mqtt/samples](../../mqtt/samples).",
        "",
        f"Topic: `{ADDRESS}/{{channel}}`. The three levels together are the division code of the device's",
        "village; what is missing is `000`. A device writes only below its own topic.",
        "",
        "| channel | direction | what |",
        "|---|---|---|",
        *(
            f"| `{channel}` | {way} | {what} |"
            for channel, (_model, way, what) in _CHANNELS.items()
        ),
        "",
        f"JSON, UTF-8, at most {MAX_PAYLOAD_BYTES // 1024} KiB:",
        "",
        "```json",
        json.dumps(example, ensure_ascii=False),
        "```",
        "",
        "`event_id` is unique per device, `ts` the device's clock in epoch ms. Publish with QoS 1. When the",
        'event is in the database, `{"event_ids": ["…"]}` comes on `ack`; send again what stays',
        "unacknowledged: a repeated `event_id` is acknowledged and changes nothing.",
        "",
        "A `camera` may send a picture of the place, and no other kind may: `snapshot`, a JPEG, PNG or WebP in",
        "base64, within the 64 KiB of the message. It is made anew without what was written beside its pixels,",
        "stored once and shown to who says why. A picture that is no such picture, has more than 4.2 million pixels",
        "or comes within 2 s of the last one is left out; the event counts, and its `snapshot` says why.",
        "",
        "Personal fields (names, pictures, numbers, addresses of phones …) are stripped before anything is",
        "written, and counted. The addresses in `macs` are counted in memory and never stored.",
        "",
        "## Events",
        "",
        "| kind | type | data |",
        "|---|---|---|",
    ]
    for kind, types in EVENTS.items():
        for type_, model in types.items():
            lines.append(f"| `{kind}` | `{type_}` | {_fields(model)} |")
    lines += [
        "",
        f"`state`: {_fields(StateMessage)}",
        "",
        *_commands(),
        "## What cannot be taken",
        "",
        "goes to the dead letters with its reason, is acknowledged, and can be replayed:",
        "",
        "| reason | what | 原因 |",
        "|---|---|---|",
        *(f"| `{reason}` | {reason.en} | {reason.zh} |" for reason in DeadLetterReason),
        "",
    ]
    return "\n".join(lines)


def _commands() -> list[str]:
    """The part of the page about `cmd` and `reply`."""
    command = {
        "command_id": "5d41c2b0a86f4c7bb0d5b9ce3f1b7a10",
        "nonce": "9f86d081884c7d659a2feaa0c55ad015",
        "issued_at": 1763740800123,
        "expires_at": 1763740815123,
        "action": "open",
        "args": {},
    }
    reply = {
        "command_id": command["command_id"],
        "nonce": command["nonce"],
        "result": "done",
        "detail": "",
    }
    return [
        "## Commands",
        "",
        "On `cmd`, and answered on `reply`:",
        "",
        "```json",
        json.dumps(command),
        json.dumps(reply),
        "```",
        "",
        f"`cmd`: {_fields(CommandMessage)}",
        "",
        f"`reply`: {_fields(ReplyMessage)}",
        "",
        "A device subscribes to its own `cmd` with QoS 1 and carries a command out at most once:",
        "",
        '- a `nonce` that it has seen before, however long ago, is refused (`"detail": "repeated"`);',
        '- a command past `expires_at` by the device\'s clock is refused (`"detail": "expired"`), as is one whose',
        "  `issued_at` lies more than a minute ahead of it: its clock is wrong, and it must not act on old orders;",
        '- an `action` that it does not know is refused (`"detail": "unknown_action"`).',
        "",
        "A camera told `snapshot` sends its `snapshot` event with the picture before it answers `done`.",
        "",
        "It keeps nonces at least until the commands they came with have expired. `result` is `done`, `refused` (it",
        "will not) or `failed` (it tried); `detail` is a code of at most 64 characters and never about a person. Over",
        "MQTT 5 the broker drops what it could not deliver in time (message expiry).",
        "",
        "The platform publishes each command once. One that the broker did not get in time ends as expired; one",
        "that went out and was not answered by three seconds after `expires_at` ends as unknown. An answer that comes",
        "still later is taken and marked late. A reply with another nonce, to another device's command, or a second",
        "one that says otherwise goes to the dead letters (`bad_reply`).",
        "",
        "| kind | `action` | to be carried out within |",
        "|---|---|---|",
        *(
            f"| `{kind}` | `{action}` | {TERMS[action].valid_s} s |"
            for kind, actions in ACTIONS.items()
            for action in actions
        ),
        "",
    ]


def _fields(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    shown = []
    for name, field in schema["properties"].items():
        words = " or ".join(
            filter(None, (_type(part, schema) for part in field.get("anyOf", [field])))
        )
        shown.append(f"`{name}`{'' if name in schema.get('required', []) else '?'} {words}")
    return ", ".join(shown)


def _type(part: dict[str, Any], schema: dict[str, Any]) -> str:
    """A field's type in a word, or its words if it has but a few."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    if "enum" in part:
        return "/".join(f"`{word}`" for word in part["enum"])
    return "" if part.get("type") == "null" else str(part.get("type", ""))
