"""The life of an incident: one table of transitions, and pure functions over it.

发现上报 → 统一受理 → 指挥派遣 → 处置反馈 → 任务核实 → 评价归档. Each row of `TABLE` names from where to where, who
may do it (role, and relation of the post to the case) and what it needs. Nothing else decides; services
load, ask `decide`, save and publish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from command_center.accounts.policy import Role
from command_center.jurisdictions.codes import Level, level_of


class Stage(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    HANDLED = "handled"
    VERIFIED = "verified"
    CLOSED = "closed"
    ARCHIVED = "archived"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


OPEN = frozenset(Stage) - {Stage.CLOSED, Stage.ARCHIVED, Stage.REJECTED}
"""Stages in which somebody still owes something."""


class Action(StrEnum):
    """What can be done with a case."""

    ACCEPT = "accept"
    REJECT = "reject"
    DISPATCH = "dispatch"
    START = "start"
    HANDLE = "handle"
    SEND_BACK = "send_back"
    RETURN = "return"
    VERIFY = "verify"
    CLOSE = "close"
    ARCHIVE = "archive"
    TRANSFER_UP = "transfer_up"
    TRANSFER_DOWN = "transfer_down"
    TRANSFER_SIDEWAYS = "transfer_sideways"
    SUSPEND = "suspend"
    RESUME = "resume"
    REOPEN = "reopen"


class Need(StrEnum):
    """What a transition wants to be given; the name of a field of the request."""

    REASON = "reason"
    FEEDBACK = "feedback"
    PHOTO = "photo"
    UNTIL = "until"
    SCORE = "score"
    TARGET = "target"
    HANDLER = "handler"


class Relation(StrEnum):
    """How a person stands to a case."""

    OWNER = "owner"
    """holds a post at the very jurisdiction that is responsible now"""
    ABOVE = "above"
    """holds a post over that jurisdiction"""
    HANDLER = "handler"
    """was given the case or a task of it"""


class Refusal(StrEnum):
    """Why a transition is refused."""

    WRONG_STAGE = "wrong_stage"
    NOT_ALLOWED = "not_allowed"
    HANDLER_CANNOT_VERIFY = "handler_cannot_verify"
    MISSING = "missing"
    BAD_TARGET = "bad_target"


_WHO_RUN = frozenset({Role.DISPATCHER, Role.TOWNSHIP_OFFICER, Role.VILLAGE_OFFICER})
_WHO_COMMAND = frozenset({Role.DISPATCHER, Role.TOWNSHIP_OFFICER})
_WHO_HANDLE = _WHO_RUN | {Role.PATROL}
_OWNER = frozenset({Relation.OWNER})
_OVER = frozenset({Relation.OWNER, Relation.ABOVE})
_HANDLER = frozenset({Relation.HANDLER})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `target` None means that the stage stays, or, for RESUME, the one before the suspension."""

    action: Action
    sources: frozenset[Stage]
    target: Stage | None
    roles: frozenset[Role]
    relations: frozenset[Relation]
    needs: frozenset[Need] = frozenset()


def _rule(
    action: Action,
    sources: Iterable[Stage],
    target: Stage | None,
    roles: frozenset[Role],
    relations: frozenset[Relation],
    *needs: Need,
) -> Rule:
    return Rule(action, frozenset(sources), target, roles, relations, frozenset(needs))


_S, _N = Stage, Need
_BEFORE_HANDLED = (_S.ACCEPTED, _S.DISPATCHED, _S.IN_PROGRESS)

TABLE: tuple[Rule, ...] = (
    _rule(Action.ACCEPT, [_S.REPORTED], _S.ACCEPTED, _WHO_RUN, _OVER),
    _rule(Action.REJECT, [_S.REPORTED], _S.REJECTED, _WHO_COMMAND, _OVER, _N.REASON),
    _rule(Action.DISPATCH, [_S.ACCEPTED], _S.DISPATCHED, _WHO_RUN, _OVER, _N.HANDLER),
    _rule(Action.START, [_S.DISPATCHED], _S.IN_PROGRESS, _WHO_HANDLE, _HANDLER),
    _rule(
        Action.HANDLE,
        [_S.DISPATCHED, _S.IN_PROGRESS],
        _S.HANDLED,
        _WHO_HANDLE,
        _HANDLER,
        _N.FEEDBACK,
    ),
    _rule(
        Action.SEND_BACK,
        [_S.DISPATCHED, _S.IN_PROGRESS],
        _S.ACCEPTED,
        _WHO_HANDLE,
        _HANDLER,
        _N.REASON,
    ),
    _rule(Action.RETURN, [_S.HANDLED], _S.IN_PROGRESS, _WHO_RUN, _OVER, _N.REASON),
    _rule(Action.VERIFY, [_S.HANDLED], _S.VERIFIED, _WHO_RUN, _OVER),
    _rule(Action.CLOSE, [_S.VERIFIED], _S.CLOSED, _WHO_COMMAND, _OVER, _N.SCORE),
    _rule(Action.ARCHIVE, [_S.CLOSED, _S.REJECTED], _S.ARCHIVED, _WHO_COMMAND, _OVER),
    _rule(
        Action.TRANSFER_UP,
        [_S.REPORTED, _S.ACCEPTED],
        _S.REPORTED,
        _WHO_RUN,
        _OWNER,
        _N.REASON,
    ),
    _rule(
        Action.TRANSFER_DOWN,
        [_S.REPORTED, _S.ACCEPTED],
        _S.REPORTED,
        _WHO_COMMAND,
        _OVER,
        _N.TARGET,
    ),
    _rule(
        Action.TRANSFER_SIDEWAYS,
        [_S.REPORTED, _S.ACCEPTED],
        _S.REPORTED,
        _WHO_COMMAND,
        _OVER,
        _N.TARGET,
        _N.REASON,
    ),
    _rule(Action.SUSPEND, _BEFORE_HANDLED, _S.SUSPENDED, _WHO_COMMAND, _OVER, _N.REASON, _N.UNTIL),
    _rule(Action.RESUME, [_S.SUSPENDED], None, _WHO_COMMAND, _OVER),
    _rule(Action.REOPEN, [_S.CLOSED, _S.REJECTED], _S.ACCEPTED, _WHO_COMMAND, _OVER, _N.REASON),
)
RULES: Mapping[Action, Rule] = {rule.action: rule for rule in TABLE}


@dataclass(frozen=True, slots=True)
class Case:
    """The part of an incident that its life depends on. `owner` is the code of who is responsible now."""

    stage: Stage
    owner: str
    place: str
    handlers: frozenset[int] = frozenset()
    acted: frozenset[int] = frozenset()
    before_suspension: Stage | None = None
    photo_required: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person and the posts they hold, as (role, jurisdiction code)."""

    user_id: int
    posts: tuple[tuple[Role, str], ...]

    def relations(self, case: Case, roles: frozenset[Role]) -> frozenset[Relation]:
        """How this person stands to a case through posts of these roles."""
        found = set()
        for role, code in self.posts:
            if role not in roles:
                continue
            if code == case.owner:
                found.add(Relation.OWNER)
            elif case.owner.startswith(code):
                found.add(Relation.ABOVE)
            if self.user_id in case.handlers:
                found.add(Relation.HANDLER)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a request: which needs are met, and the jurisdiction a transfer names."""

    needs: frozenset[Need] = frozenset()
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A transition that may be made: the stage and the owner after it."""

    rule: Rule
    stage: Stage
    owner: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A transition that may not be made. `missing` names what was not given."""

    refusal: Refusal
    missing: tuple[Need, ...] = ()


def allowed(case: Case, actor: Actor) -> list[Rule]:
    """What this person may do with this case now, in the order of the table."""
    return [rule for rule in TABLE if _refusal(case, actor, rule) is None]


def needs_of(case: Case, rule: Rule) -> frozenset[Need]:
    """What a transition of this very case wants to be given."""
    if rule.action is Action.HANDLE and case.photo_required:
        return rule.needs | {Need.PHOTO}
    return rule.needs


def decide(case: Case, actor: Actor, action: Action, given: Given) -> Moved | Refused:
    """Whether somebody may do something with a case, and what follows."""
    rule = RULES[action]
    refusal = _refusal(case, actor, rule)
    if refusal is not None:
        return Refused(refusal)
    missing = sorted(needs_of(case, rule) - given.needs)
    if missing:
        return Refused(Refusal.MISSING, tuple(missing))
    owner = _owner_after(case, action, given)
    if owner is None:
        return Refused(Refusal.BAD_TARGET)
    return Moved(rule, _stage_after(case, rule), owner)


def _refusal(case: Case, actor: Actor, rule: Rule) -> Refusal | None:
    if case.stage not in rule.sources:
        return Refusal.WRONG_STAGE
    if not actor.relations(case, rule.roles) & rule.relations:
        return Refusal.NOT_ALLOWED
    if rule.action is Action.VERIFY and actor.user_id in case.handlers | case.acted:
        return Refusal.HANDLER_CANNOT_VERIFY
    if rule.action is Action.TRANSFER_UP and level_of(case.owner) is Level.CITY:
        return Refusal.NOT_ALLOWED
    return None


def _stage_after(case: Case, rule: Rule) -> Stage:
    if rule.target is not None:
        return rule.target
    return case.before_suspension or case.stage


def _owner_after(case: Case, action: Action, given: Given) -> str | None:
    """Who is responsible after a transfer: the level above, one below, or a sibling. None: not a right target."""
    target = given.target or ""
    match action:
        case Action.TRANSFER_UP:
            return _parent(case.owner)
        case Action.TRANSFER_DOWN:
            below = target.startswith(case.owner) and len(target) > len(case.owner)
            return target if below else None
        case Action.TRANSFER_SIDEWAYS:
            sibling = len(target) == len(case.owner) and target != case.owner
            return (
                target
                if sibling and target[: len(_parent(target))] == _parent(case.owner)
                else None
            )
        case _:
            return case.owner


def _parent(code: str) -> str:
    return {12: code[:9], 9: code[:6], 15: code[:12]}.get(len(code), code)
