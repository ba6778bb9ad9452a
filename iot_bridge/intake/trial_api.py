"""REST: trying a rule out on what devices said."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from command_center.accounts.policy import Permission
from command_center.api.auth import require
from command_center.feed.messages import iso
from iot_bridge.intake.registry import from_ms
from iot_bridge.intake.trial import Trial, try_out
from iot_bridge.outages.models import OutageCause
from iot_bridge.rulebook import selectors
from iot_bridge.rulebook.drafts import RuleError, check, stored
from iot_bridge.rulebook.shapes import RuleBody, problem_of
from iot_bridge.rules.engine.faults import Fault, FaultCode
from iot_bridge.rules.engine.trying import Change

router = Router(tags=["rules"])

UNSAVED = 1 << 62
"""The number of a rule that is to come: newer than all that are there."""


class TrialStep(Schema):
    """A step of an alarm that the rule would have raised.

    `chattering`: it began once too often, and stays active from now on until the device is quiet, which is `settled`;
    what happens in between is not listed.
    """

    device_id: str
    device_name: str
    code: str
    at: str
    change: Change
    detail: dict[str, Any]


class TrialFailure(Schema):
    """A device on which the rule cannot be carried out: live it would be put aside."""

    device_id: str
    reason: str


class TrialOutage(Schema):
    """A stretch from which events may be missing; `until` null while it lasts."""

    cause: OutageCause
    code: str
    site: str
    since: str
    until: str | None


class TrialData(Schema):
    """What a rule would have done in the last 24 hours, with chattering damped as it is live.

    `raised`: how often an alarm would have begun, on `alarmed` devices; `repeated`: occurrences of an active one;
    `held`: those that chattering alarms would have kept within themselves. `still`: alarms that would be active now.
    `left`: devices not looked at, because of `cut`; `overruled`: devices on which a nearer rule decides;
    `unwatched`: devices of whose silence only their events tell, where the rule asks about silence.
    `folded`: of a rule for `device_offline`, how many of `raised` began while the device's whole place was silent by the
    record, which live makes one alarm of the place; null for others.
    `steps` are the first 200 in order of devices; the figures count all.
    """

    since: str
    until: str
    devices: int
    left: int
    events: int
    cut: Literal["", "time", "events", "devices"]
    raised: int
    repeated: int
    cleared: int
    held: int
    still: int
    alarmed: int
    overruled: int
    unwatched: int
    folded: int | None
    steps: list[TrialStep]
    failures: list[TrialFailure]
    outages: list[TrialOutage]


@router.post("/rules/trial", response=TrialData)
def try_rule(request: HttpRequest, wanted: RuleBody, rule: int | None = None) -> dict[str, Any]:
    """Try a draft out; nothing is stored. `rule`: the one that it would change. 422 as when it is stored."""
    scope = require(request, Permission.RULES_VIEW)
    draft = wanted.draft()
    try:
        definition = check(draft, scope, known=rule)
        if definition is None:
            raise RuleError(
                [Fault("/definition", "there is nothing to try out", FaultCode.NOTHING_TO_TRY)]
            )
    except RuleError as error:
        raise problem_of(error) from error
    as_stored = stored(rule or UNSAVED, 0, draft, definition)
    return _shown(try_out(as_stored, scope, selectors.working_days(), now=timezone.now()))


def _shown(trial: Trial) -> dict[str, Any]:
    steps = [
        {
            "device_id": device.id,
            "device_name": device.name,
            "code": device.jurisdiction_id,
            "at": iso(from_ms(step.at_ms)),
            "change": step.change,
            "detail": dict(step.detail),
        }
        for device, step in trial.steps
    ]
    outages = [
        {
            "cause": row.cause,
            "code": row.code,
            "site": row.site,
            "since": iso(row.since),
            "until": iso(row.until) if row.until else None,
        }
        for row in trial.outages[:20]
    ]
    figures = (
        "devices", "left", "events", "cut", "raised", "repeated", "cleared", "held", "still", "alarmed", "overruled",
        "unwatched", "folded",
    )  # fmt: skip
    return {
        "since": iso(trial.since),
        "until": iso(trial.until),
        **{name: getattr(trial, name) for name in figures},
        "steps": steps,
        "failures": [{"device_id": f.device, "reason": f.reason} for f in trial.failures[:20]],
        "outages": outages,
    }
