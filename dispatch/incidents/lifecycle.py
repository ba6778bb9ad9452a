"""The life of an incident: one table of transitions, and pure functions over it.

发现上报 → 统一受理 → 指挥派遣 → 处置反馈 → 任务核实 → 评价归档. Each row of `TABLE` names from where to where, who
may do it (role, and relation of the post to the case) and what it needs. Nothing else decides; services
load, ask `decide`, save and publish.

`code` is where the case belongs: it decides who sees it. `owner` is who is responsible now: `code` itself
or a jurisdiction above it, so whoever is responsible sees the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from command_center.accounts.policy import Role
from command_center.jurisdictions.codes import Level, level_of, parent_of


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
    MERGED = "merged"


OWED = frozenset(Stage) - {Stage.CLOSED, Stage.ARCHIVED, Stage.REJECTED, Stage.MERGED}
"""Stages in which somebody still owes something."""

GONE = frozenset({Stage.ARCHIVED, Stage.MERGED})
"""Stages in which a case leaves the consoles; it stays in the records."""


class Action(StrEnum):
    """What can be done with a case."""

    ACCEPT = "accept"
    REJECT = "reject"
    DISPATCH = "dispatch"
    REINFORCE = "reinforce"
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
    MERGE = "merge"


class Need(StrEnum):
    """What a transition wants to be given; the name of a field of the request."""

    REASON = "reason"
    FEEDBACK = "feedback"
    PHOTO = "photo"
    UNTIL = "until"
    SCORE = "score"
    TARGET = "target"
    UNITS = "units"
    INTO = "into"


class Relation(StrEnum):
    """How a person stands to a case."""

    OWNER = "owner"
    """holds a post at the very jurisdiction that is responsible now"""
    ABOVE = "above"
    """holds a post over that jurisdiction"""
    HANDLER = "handler"
    """belongs to a unit that was sent"""
    SYSTEM = "system"
    """the command centre itself, when a time has come"""


class Refusal(StrEnum):
    """Why a transition is refused."""

    WRONG_STAGE = "wrong_stage"
    NOT_ALLOWED = "not_allowed"
    HANDLER_CANNOT_VERIFY = "handler_cannot_verify"
    HANDLER_CANNOT_EVALUATE = "handler_cannot_evaluate"
    TOP_LEVEL = "top_level"
    MISSING = "missing"
    BAD_TARGET = "bad_target"


OFFICERS = frozenset({Role.DISPATCHER, Role.TOWNSHIP_OFFICER, Role.VILLAGE_OFFICER})
"""Roles that run cases at their level."""

COMMANDERS = frozenset({Role.DISPATCHER, Role.TOWNSHIP_OFFICER})
"""Roles that command over others: they reject, distribute, suspend, evaluate, supervise."""

TOP_LEVELS = frozenset({Level.PREFECTURE, Level.CITY})
"""Above these nobody is."""

_HANDLE = OFFICERS | {Role.PATROL, Role.DEPARTMENT_OFFICER}
_OWNER = frozenset({Relation.OWNER})
_OVER = frozenset({Relation.OWNER, Relation.ABOVE})
_HANDLER = frozenset({Relation.HANDLER})
_OR_SYSTEM = _OVER | {Relation.SYSTEM}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `target` None means that the stage stays, or, for RESUME, the one before the suspension."""

    action: Action
    sources: frozenset[Stage]
    target: Stage | None
    roles: frozenset[Role]
    relations: frozenset[Relation]
    needs: frozenset[Need]


def _rule(
    action: Action,
    sources: Iterable[Stage],
    target: Stage | None,
    roles: frozenset[Role],
    relations: frozenset[Relation],
    *needs: Need,
) -> Rule:
    return Rule(action, frozenset(sources), target, roles, relations, frozenset(needs))


_A, _S, _N = Action, Stage, Need
_NEW = (_S.REPORTED, _S.ACCEPTED)
_OUT = (_S.DISPATCHED, _S.IN_PROGRESS)
_BEFORE_HANDLED = (*_NEW, *_OUT)

TABLE: tuple[Rule, ...] = (
    _rule(_A.ACCEPT, [_S.REPORTED], _S.ACCEPTED, OFFICERS, _OVER),
    _rule(_A.REJECT, [_S.REPORTED], _S.REJECTED, COMMANDERS, _OVER, _N.REASON),
    _rule(_A.DISPATCH, _NEW, _S.DISPATCHED, OFFICERS, _OVER, _N.UNITS),
    _rule(_A.REINFORCE, _OUT, None, OFFICERS, _OVER, _N.UNITS),
    _rule(_A.START, [_S.DISPATCHED], _S.IN_PROGRESS, _HANDLE, _HANDLER),
    _rule(_A.HANDLE, _OUT, _S.HANDLED, _HANDLE, _HANDLER, _N.FEEDBACK),
    _rule(_A.SEND_BACK, _OUT, _S.ACCEPTED, _HANDLE, _HANDLER, _N.REASON),
    _rule(_A.RETURN, [_S.HANDLED], _S.IN_PROGRESS, OFFICERS, _OVER, _N.REASON),
    _rule(_A.VERIFY, [_S.HANDLED], _S.VERIFIED, OFFICERS, _OVER),
    _rule(_A.CLOSE, [_S.VERIFIED], _S.CLOSED, COMMANDERS, _OVER, _N.SCORE),
    _rule(_A.ARCHIVE, [_S.CLOSED, _S.REJECTED], _S.ARCHIVED, COMMANDERS, _OR_SYSTEM),
    _rule(_A.TRANSFER_UP, _BEFORE_HANDLED, _S.REPORTED, OFFICERS, _OWNER, _N.REASON),
    _rule(_A.TRANSFER_DOWN, _BEFORE_HANDLED, _S.REPORTED, COMMANDERS, _OVER, _N.TARGET),
    _rule(
        _A.TRANSFER_SIDEWAYS, _BEFORE_HANDLED, _S.REPORTED, COMMANDERS, _OVER, _N.TARGET, _N.REASON
    ),
    _rule(_A.SUSPEND, [_S.ACCEPTED, *_OUT], _S.SUSPENDED, COMMANDERS, _OVER, _N.REASON, _N.UNTIL),
    _rule(_A.RESUME, [_S.SUSPENDED], None, COMMANDERS, _OR_SYSTEM),
    _rule(
        _A.REOPEN, [_S.CLOSED, _S.REJECTED, _S.ARCHIVED], _S.ACCEPTED, COMMANDERS, _OVER, _N.REASON
    ),
    _rule(_A.MERGE, _BEFORE_HANDLED, _S.MERGED, OFFICERS, _OVER, _N.INTO),
)
RULES: Mapping[Action, Rule] = {rule.action: rule for rule in TABLE}


@dataclass(frozen=True, slots=True)
class Case:
    """The part of an incident that its life depends on. `handlers` are the ids of the people who were sent."""

    stage: Stage
    code: str
    owner: str
    handlers: frozenset[int] = frozenset()
    before_suspension: Stage | None = None
    photo_required: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person and the posts they hold, as (role, jurisdiction code)."""

    user_id: int
    posts: tuple[tuple[Role, str], ...] = ()

    def commands_city_over(self, case: Case) -> bool:
        """Whether this person commands at the city (or above it) that a case belongs to."""
        return any(
            role in COMMANDERS and level_of(code) in TOP_LEVELS and case.owner.startswith(code)
            for role, code in self.posts
        )

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


class _System(Actor):
    """Acts by itself when a time has come."""

    __slots__ = ()

    def relations(self, case: Case, roles: frozenset[Role]) -> frozenset[Relation]:
        """Only what the table leaves to the system."""
        return frozenset({Relation.SYSTEM})


SYSTEM = _System(0)


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a request: which needs are met, and the jurisdiction a transfer names."""

    needs: frozenset[Need] = frozenset()
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A transition that may be made: what is true of the case after it."""

    rule: Rule
    stage: Stage
    code: str
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
    belonging = _belonging_after(case, action, given.target or "")
    if belonging is None:
        return Refused(Refusal.BAD_TARGET)
    code, owner = belonging
    return Moved(rule, _stage_after(case, rule), code, owner)


def _refusal(case: Case, actor: Actor, rule: Rule) -> Refusal | None:
    if case.stage not in rule.sources:
        return Refusal.WRONG_STAGE
    if not actor.relations(case, rule.roles) & rule.relations:
        return Refusal.NOT_ALLOWED
    if rule.action in _JUDGING and actor.user_id in case.handlers:
        return _JUDGING[rule.action]
    if rule.action is Action.TRANSFER_UP and level_of(case.owner) in TOP_LEVELS:
        return Refusal.TOP_LEVEL
    if case.stage is Stage.ARCHIVED and not actor.commands_city_over(case):
        return Refusal.NOT_ALLOWED
    return None


_JUDGING = {
    Action.VERIFY: Refusal.HANDLER_CANNOT_VERIFY,
    Action.CLOSE: Refusal.HANDLER_CANNOT_EVALUATE,
}
"""Nobody passes judgement on their own work."""


def _stage_after(case: Case, rule: Rule) -> Stage:
    if rule.target is not None:
        return rule.target
    if rule.action is Action.RESUME and case.before_suspension is not None:
        return case.before_suspension
    return case.stage


def _belonging_after(case: Case, action: Action, target: str) -> tuple[str, str] | None:
    """`code` and `owner` after it; None if a transfer names what is not a right target.

    Down goes to any jurisdiction below the owner, sideways to another of the same parent. A case that is
    given to a jurisdiction it did not lie in belongs there from now on.
    """
    match action:
        case Action.TRANSFER_UP:
            return case.code, parent_of(case.owner) or case.owner
        case Action.TRANSFER_DOWN if not _is_below(target, case.owner):
            return None
        case Action.TRANSFER_SIDEWAYS if not _are_siblings(target, case.owner):
            return None
        case Action.TRANSFER_DOWN | Action.TRANSFER_SIDEWAYS:
            return (case.code if case.code.startswith(target) else target), target
        case _:
            return case.code, case.owner


def _is_below(code: str, owner: str) -> bool:
    return code.startswith(owner) and len(code) > len(owner)


def _are_siblings(one: str, other: str) -> bool:
    return len(one) == len(other) and one != other and parent_of(one) == parent_of(other)
