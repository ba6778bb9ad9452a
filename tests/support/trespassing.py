"""Every request that the API's own description allows for, about things that lie outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import httpx

from tests.support import city
from tests.support.consoles import Upload
from tests.support.outside import ENDPOINT, REFERENCE, Outside, plan_of, rule_of
from tests.support.photos import photo
from tests.support.stack import ROOT, Stack

UNTOUCHED = {
    "/session": "opens or closes one's own session",
    "/me": "oneself",
    **dict.fromkeys(
        (
            "/guest",
            "/guest/look",
            "/guest/files/{file_id}",
            "/guest/files/{file_id}/thumbnail",
        ),
        "knows a browser by its own link alone (test_conference_guests)",
    ),
}


BODIES: dict[str, Callable[[Outside], Any]] = {
    "POST /alarms/acknowledge": lambda outside: {"ids": outside.alarms, "note": "x"},
    "POST /alarms/{alarm_id}/acknowledge": lambda _: {"note": "x"},
    "POST /alarms/{alarm_id}/reset": lambda _: {"note": "x"},
    "POST /alarms/{alarm_id}/shelve": lambda _: {"minutes": 15, "reason": "x", "confirmed": True},
    "POST /alarms/{alarm_id}/unshelve": lambda _: {"note": "x"},
    "POST /alarms/{alarm_id}/assign": lambda _: {"user": 1},
    "POST /alarms/{alarm_id}/comments": lambda _: {"text": "x"},
    "POST /maintenance": lambda _: {
        "code": city.EAST.code, "ends_at": "2099-01-01T00:00:00Z", "reason": "x",
    },
    "POST /maintenance/overlaps": lambda _: {
        "code": city.EAST.code, "ends_at": "2099-01-01T00:00:00Z",
    },
    "PATCH /maintenance/{window_id}": lambda _: {"reason": "x"},
    "POST /maintenance/{window_id}/end": lambda _: {},
    "DELETE /maintenance/{window_id}": lambda _: None,
    "POST /dead-letters/{letter_id}/replay": lambda _: None,
    "POST /dead-letters/{letter_id}/discard": lambda _: {"reason": "x"},
    "POST /dead-letters/replay": lambda outside: {"device": outside.devices[0]},
    "POST /dead-letters/discard": lambda outside: {"device": outside.devices[0], "why": "x"},
    "POST /snapshots/{snapshot_id}/looks": lambda _: {"reason": "verify"},
    "POST /devices/{device_id}/commands": lambda _: {"action": "open", "reason": "x"},
    "POST /devices/pending/{pending_id}/approve": lambda _: {
        "id": "x", "name": "x", "kind": "smoke", "code": city.EAST.villages[0], "codec": "canonical",
    },
    "POST /devices/pending/{pending_id}/refuse": lambda _: {"reason": "x"},
    "DELETE /devices/pending/{pending_id}": lambda _: None,
    "POST /rules": lambda outside: rule_of(outside.devices[1]),
    "POST /rules/trial": lambda outside: rule_of(outside.devices[1]),
    "PUT /rules/{rule_id}": lambda outside: {**rule_of(outside.devices[1]), "version": 1},
    "DELETE /rules/{rule_id}": lambda _: None,
    "POST /rules/{rule_id}/restore": lambda _: {"number": 1, "version": 1, "reason": "x"},
    "POST /rules/{rule_id}/wake": lambda _: {"reason": "x"},
    "POST /units/{unit_id}/status": lambda _: {"status": "returning"},
    "POST /units/{unit_id}/members": lambda _: {"user": 1},
    "DELETE /units/{unit_id}/members/{member_id}": lambda _: None,
    "POST /units/{unit_id}/shifts": lambda _: {
        "starts_at": "2026-11-22T00:00:00Z", "ends_at": "2026-11-22T08:00:00Z",
    },
    "DELETE /units/{unit_id}/shifts/{shift_id}": lambda _: None,
    "POST /incidents": lambda _: {"category": "0901", "code": city.EAST.villages[0]},
    "POST /incidents/from-alarms": lambda outside: {"alarms": outside.alarms[-1:]},
    "PATCH /incidents/{incident_id}": lambda _: {"version": 1, "title": "x"},
    "POST /incidents/{incident_id}/alarms": lambda outside: {
        "version": 1, "alarms": outside.alarms[-1:],
    },
    "POST /incidents/{incident_id}/actions/{action}": lambda outside: {
        "version": 1, "text": "x", "target": city.SOUTH.code, "score": 5,
        "until": "2099-01-01T00:00:00Z", "into": outside.incidents[0],
    },
    "POST /incidents/{incident_id}/comments": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/attachments": lambda _: Upload(photo()),
    "POST /incidents/{incident_id}/supervisions": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/supervisions/{supervision_id}/lift": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/callbacks": lambda _: {"reached": True, "satisfied": 5},
    "POST /incidents/{incident_id}/not-duplicate": lambda outside: {
        "other": outside.incidents[0],
    },
    "POST /incidents/{incident_id}/extensions": lambda _: {"minutes": 5, "reason": "x"},
    "POST /incidents/{incident_id}/extensions/decision": lambda _: {"granted": True},
    "POST /incidents/{incident_id}/redispatch/dismiss": lambda _: None,
    "POST /incidents/{incident_id}/help": lambda _: {"text": "x"},
    "POST /incidents/{incident_id}/help/answer": lambda _: {"text": "x"},
    "PUT /incidents/{incident_id}/links/{other_id}": lambda _: {"reason": "x"},
    "DELETE /incidents/{incident_id}/links/{other_id}": lambda _: None,
    "POST /incidents/{incident_id}/tasks": lambda outside: {
        "version": 1, "units": outside.units,
    },
    "POST /incidents/{incident_id}/plan": lambda outside: {
        "version": 1, "plan": 1, "units": outside.units,
    },
    "POST /tasks/{task_id}/{step}": lambda _: {"feedback": "x", "reason": "x", "key": ""},
    "POST /notices/{notice_id}/shown": lambda _: None,
    "POST /notices/{notice_id}/seen": lambda _: None,
    "POST /rounds/{round_id}/visits": lambda _: {"method": "qr", "token": "K7QF-3MXD"},
    "POST /tasks/{task_id}/check-in": lambda _: {"key": ""},
    "POST /tasks/{task_id}/check-in-timer": lambda _: {"minutes": 10},
    "POST /me/sos": lambda _: {"lat": 38.1, "lng": 106.3},
    "POST /me/sos/place": lambda _: {"lat": 38.1, "lng": 106.3},
    "POST /me/units/{unit_id}/status": lambda _: {"status": "available"},
    "POST /me/duty": lambda _: {"on": False},
    "POST /me/reports": lambda _: {"category": "0901", "title": "x"},
    "POST /me/position": lambda _: {"lat": 38.1, "lng": 106.3},
    "POST /external/incidents": lambda _: {
        "reference": REFERENCE, "category": "0901", "title": "x", "code": city.EAST.villages[0],
    },
    "POST /conferences": lambda _: {
        "about": {"kind": "place", "code": city.EAST.villages[0]},
        "invite": [{"user": 1, "code": city.EAST.code}],
    },
    "POST /conferences/{conference_id}/act": lambda _: {"command": {"type": "end"}},
    "POST /conferences/{conference_id}/invitations": lambda _: {
        "invite": [{"user": 1, "code": city.SOUTH.code}],
    },
    "POST /conferences/{conference_id}/files": lambda _: Upload(photo()),
    "POST /conferences/{conference_id}/line": lambda _: {"seconds": 1},
    "POST /conference-schedules": lambda _: plan_of([city.EAST.villages[0]]),
    "PUT /conference-schedules/{schedule_id}": lambda _: plan_of([]),
    "DELETE /conference-schedules/{schedule_id}": lambda _: None,
    "POST /conference-schedules/{schedule_id}/skip": lambda _: {"at": "2099-01-01T01:00:00Z"},
    "POST /conference-schedules/{schedule_id}/open": lambda _: {"at": "2099-01-01T01:00:00Z"},
    "POST /conference-schedules/holders": lambda _: {"invite": [{"code": city.EAST.code}]},
    "POST /conferences/{conference_id}/cameras": lambda _: {"devices": ["x"]},
    "POST /conferences/{conference_id}/decisions": lambda _: {"text": "x"},
    "PUT /conferences/{conference_id}/decisions/{line}": lambda _: {"text": "x", "revision": 1},
    "POST /recordings/{recording_id}/plays": lambda _: {},
    "POST /recordings/{recording_id}/film": lambda _: {},
    "POST /conferences/{conference_id}/guest-links": lambda _: {"label": "x"},
    "DELETE /conferences/{conference_id}/guest-links/{link_id}": lambda _: None,
    "PUT /me/conference-consent": lambda _: {"automatic": False},
    "POST /push/subscriptions": lambda _: {"endpoint": ENDPOINT, "keys": {"p256dh": "", "auth": ""}},
    "POST /push/topics": lambda _: {"server": ENDPOINT},
    "DELETE /push/subscriptions": lambda _: {"endpoint": ENDPOINT},
}  # fmt: skip


NEEDED = {
    "category": "0102",
    "since": "2026-01-01",
    "until": "2026-12-31",
    "code": city.EAST.villages[0],
    "ticket": "x",
    "version": "1",
    "reason": "x",
}
"""What a query must name for its route to answer at all."""


def api_schema() -> dict[str, Any]:
    """The API's own description, as it is committed; a contract test holds the two together."""
    schema: dict[str, Any] = json.loads((ROOT / "docs" / "api" / "openapi.json").read_text("utf-8"))
    return schema


def requests(schema: dict[str, Any], outside: Outside) -> Iterator[tuple[str, str, Any, bool]]:
    """Every (method, path, body, names a thing outside) that the schema allows for."""
    for path, operations in schema["paths"].items():
        route = path.removeprefix("/api/v1")
        if route in UNTOUCHED:
            continue
        for method, operation in operations.items():
            verb = method.upper()
            parameters = operation.get("parameters", [])
            named = [p["name"] for p in parameters if p["in"] == "path"]
            asked = [p for p in parameters if p["in"] == "query"]
            needed = {p["name"]: NEEDED[p["name"]] for p in asked if p.get("required")}
            body = None if verb == "GET" else BODIES[f"{verb} {route}"](outside)
            for values in product(*(outside.values(name) for name in named)):
                filled = path
                for name, value in zip(named, values, strict=True):
                    filled = filled.replace(f"{{{name}}}", str(value))
                queries: list[dict[str, Any]] = [
                    {},
                    *(
                        {parameter["name"]: value}
                        for parameter in asked
                        for value in outside.queries(parameter["name"])
                    ),
                ]
                for query in queries:
                    text = str(httpx.QueryParams(needed | query))
                    yield verb, f"{filled}?{text}" if text else filled, body, bool(named)


def standing(stack: Stack, outside: Outside) -> list[Any]:
    """What the requests of an outsider must not change."""
    return [
        [
            stack.query("SELECT acknowledged FROM alarms_alarm WHERE id = %s", i)
            for i in outside.alarms
        ],
        [
            stack.query("SELECT state FROM intake_deadletter WHERE id = %s", i)
            for i in outside.letters
        ],
        [
            stack.query("SELECT state FROM devices_pendingdevice WHERE id = %s", i)
            for i in outside.pending
        ],
        [stack.query("SELECT status FROM units_unit WHERE id = %s", i) for i in outside.units],
        [
            stack.query("SELECT version, stage, title FROM incidents_incident WHERE id = %s", i)
            for i in outside.incidents
        ],
        [stack.count("incidents_entry", "incident_id = %s", i) for i in outside.incidents],
        stack.count("incidents_link"),
        stack.count("incidents_incident", "code LIKE %s", f"{city.EAST.code}%"),
        [stack.query("SELECT state FROM tasks_task WHERE id = %s", i) for i in outside.tasks],
        [stack.count("tasks_task", "incident_id = %s", i) for i in outside.incidents],
        [stack.count("rounds_visit", "round_id = %s", i) for i in outside.rounds],
        [stack.count("units_unitmember", "id = %s", i) for i in outside.members],
        [stack.count("units_shift", "unit_id = %s", i) for i in outside.units],
        [
            stack.query("SELECT seen_at FROM notices_notice WHERE id = %s", i)
            for i in outside.notices
        ],
        [stack.count("archive_decision", "conference_id = %s", i) for i in outside.conferences],
        [stack.count("conferences_seat", "conference_id = %s", i) for i in outside.conferences],
        [
            stack.count("conferences_conference", "id = %s AND end_reason = 'ended'", i)
            for i in outside.conferences
        ],
        stack.count("conferences_conference", "about_code LIKE %s", f"{city.EAST.code}%"),
        [
            stack.query(
                "SELECT title, ended_at FROM conference_schedules_schedule WHERE id = %s", i
            )
            for i in outside.schedules
        ],
        stack.count("conference_schedules_schedule", "code LIKE %s", f"{city.EAST.code}%"),
        stack.count("conference_quality_seatline"),
        stack.count("conference_files_sharedfile"),
        [stack.count("commands_command", "device_id = %s", i) for i in outside.devices],
        stack.query("SELECT reason, state FROM maintenance_maintenancewindow ORDER BY id"),
        [
            stack.query(
                "SELECT latched, shelved_until, assignee_id, comments, out_of_service "
                "FROM alarms_alarm WHERE id = %s",
                i,
            )
            for i in outside.alarms
        ],
        stack.query("SELECT user_id FROM push_subscription WHERE endpoint = %s", ENDPOINT),
    ]
