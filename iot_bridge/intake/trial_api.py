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
from iot_bridge.rulebook import selectors
from iot_bridge.rulebook.drafts import RuleError, check, stored
from iot_bridge.rulebook.shapes import RuleBody, problem_of
from iot_bridge.rules.engine.checking import Fault
from iot_bridge.rules.evaluate import Raise

router = Router(tags=["rules"])


class TrialStep(Schema):
    """An alarm that the rule would have raised, or cleared."""

    device_id: str
    device_name: str
    code: str
    at: str
    change: Literal["raised", "cleared"]
    detail: dict[str, Any]


class TrialFailure(Schema):
    """A device on which the rule cannot be carried out: live it would be put aside."""

    device_id: str
    reason: str


class TrialData(Schema):
    """What a rule would have done in the last 24 hours.

    `still`: alarms that would be active now. `left`: devices not looked at, because of `cut`. `steps` are the first
    200 in order of devices; `raised` and `cleared` count all.
    """

    since: str
    until: str
    devices: int
    left: int
    events: int
    cut: Literal["", "time", "events", "devices"]
    raised: int
    cleared: int
    still: int
    steps: list[TrialStep]
    failures: list[TrialFailure]


@router.post("/rules/trial", response=TrialData)
def try_rule(request: HttpRequest, wanted: RuleBody, rule: int | None = None) -> dict[str, Any]:
    """Try a draft out; nothing is stored. `rule`: the one that it would change. 422 as when it is stored."""
    scope = require(request, Permission.RULES_VIEW)
    draft = wanted.draft()
    try:
        definition = check(draft, scope, known=rule)
        if definition is None:
            raise RuleError([Fault("/definition", "there is nothing to try out", "missing")])
    except RuleError as error:
        raise problem_of(error) from error
    as_stored = stored(0, 0, draft, definition)
    return _shown(try_out(as_stored, scope, selectors.working_days(), now=timezone.now()))


def _shown(trial: Trial) -> dict[str, Any]:
    steps = [
        {
            "device_id": step.device.id,
            "device_name": step.device.name,
            "code": step.device.jurisdiction_id,
            "at": iso(from_ms(step.at_ms)),
            "change": "raised" if isinstance(step.decision, Raise) else "cleared",
            "detail": dict(step.decision.detail),
        }
        for step in trial.steps
    ]
    failures = [{"device_id": f.device, "reason": f.reason} for f in trial.failures[:20]]
    return {
        "since": iso(trial.since),
        "until": iso(trial.until),
        "devices": trial.devices,
        "left": trial.left,
        "events": trial.events,
        "cut": trial.cut,
        "raised": trial.raised,
        "cleared": trial.cleared,
        "still": trial.still,
        "steps": steps,
        "failures": failures,
    }
