"""A case as one person sees it: what exists for them, and what they may do with it now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.feed.messages import iso
from dispatch.incidents import help as helping
from dispatch.incidents import links as linking
from dispatch.incidents import redispatch, selectors, supervision
from dispatch.incidents.feed import incident_data
from dispatch.incidents.lifecycle import Actor, Stage, needs_of
from dispatch.incidents.models import (
    Attachment,
    CallBack,
    Caller,
    Entry,
    Extension,
    Incident,
    Link,
    Supervision,
)
from dispatch.incidents.orders import Asks, End
from dispatch.incidents.schemas import (
    AllowedAction,
    AttachmentData,
    Callback,
    CallBackData,
    EntryData,
    ExtensionData,
    IncidentDetail,
    LinkData,
    May,
    MergedData,
    PersonData,
    SupervisionData,
)

if TYPE_CHECKING:
    from typing import Any

    from command_center.accounts.models import User

Scopes = Mapping[Permission, Scope]


def detail_of(incident: Incident, user: User) -> IncidentDetail:
    """A case with all that belongs to it, as far as it exists for this person, and what they may do now."""
    case, actor = selectors.case_of(incident), selectors.actor_of(user)
    seen = scopes_of(user)
    caller = Caller.objects.filter(incident=incident).prefetch_related("callbacks").first()
    sees_caller = caller is not None and _covers(seen, Permission.INCIDENTS_CALLERS, incident.code)
    supervises = supervision.may_supervise(incident, actor)
    rules = selectors.actions_for(incident, user)
    timeline, links = list(selectors.timeline(incident)), list(selectors.links_of(incident.pk))
    others = selectors.known(user, _others(incident, timeline, links))
    return IncidentDetail(
        incident=incident_data(incident),
        description=incident.description,
        reported_by=incident.reported_by.display_name if incident.reported_by else None,
        has_caller=caller is not None,
        callback=_callback(incident, caller),
        callbacks=[_called(row, sees_caller) for row in caller.callbacks.all()] if caller else [],
        timeline=[_entry(row, incident, seen) for row in timeline if _exists(row, others)],
        actions=[
            AllowedAction(action=rule.action, needs=sorted(needs_of(case, rule))) for rule in rules
        ],
        may=May(
            correct=selectors.may_correct(incident, actor),
            supervise=supervises,
            ask_extension=supervision.may_ask(incident, actor),
            decide_extension=supervises and supervision.wish_of_another(incident, user.pk),
            ask_help=helping.may_ask(incident, actor),
            answer_help=helping.may_answer(incident, actor),
            dismiss_redispatch=redispatch.may_dismiss(incident, actor),
            see_caller=sees_caller,
            call_back=sees_caller
            and caller is not None
            and caller.callback
            and selectors.is_time_to_call_back(incident),
            tell_apart=selectors.may_correct(incident, actor),
        ),
        people=[PersonData(name=name, part=part) for name, part in selectors.people(incident)],
        supervisions=[_supervision(row, actor) for row in incident.supervisions.all()],
        extensions=[_extension(row) for row in incident.extensions.select_related("asked_by")],
        links=[
            _link(row, incident, others[other], actor)
            for row in links
            if (other := _other_of(row, incident)) in others
        ],
        merged=[_merged(row) for row in incident.merged.order_by("id")],
        merged_into=_merged_into(incident, seen),
    )


def _covers(scopes: Scopes, permission: Permission, code: str) -> bool:
    return scopes.get(permission, NOWHERE).covers(code)


def _merged_into(incident: Incident, seen: Scopes) -> MergedData | None:
    """The case that took this one in, where it exists for this person."""
    into = incident.merged_into
    if into is None or not _covers(seen, Permission.INCIDENTS_VIEW, into.code):
        return None
    return _merged(into)


def _other_of(link: Link, incident: Incident) -> int:
    return link.other_id if link.one_id == incident.pk else link.one_id


def _others(incident: Incident, timeline: Iterable[Entry], links: Iterable[Link]) -> set[int]:
    """The cases that this one is linked to, or once was."""
    named = {row.detail["incident"] for row in timeline if row.kind in selectors.LINKING}
    return named | {_other_of(row, incident) for row in links}


def _exists(row: Entry, others: Mapping[int, Incident]) -> bool:
    """Whether a line of the timeline is there for a person: one of a link is only where the other case is."""
    return row.kind not in selectors.LINKING or row.detail["incident"] in others


def _link(row: Link, incident: Incident, other: Incident, actor: Actor) -> LinkData:
    return LinkData(
        incident=incident_data(other),
        reason=row.reason,
        at=iso(row.at),
        by=row.by_name,
        may_unlink=linking.may_link(incident, other, actor),
    )


def _told(row: Entry, seen: Scopes) -> dict[str, Any]:
    """An alarm from elsewhere that belongs to the case does, its device does not exist for this person."""
    code = row.detail.get("code", "")
    if row.kind == "alarm_linked" and not _covers(seen, Permission.ALARMS_VIEW, code):
        return {key: row.detail[key] for key in row.detail if key not in ("device", "code")}
    return dict(row.detail)


def _entry(row: Entry, shown: Incident, seen: Scopes) -> EntryData:
    return EntryData(
        id=row.id,
        at=iso(row.at),
        kind=row.kind,
        stage=Stage(row.stage),
        actor=row.actor_name or None,
        text=row.text,
        detail=_told(row, seen),
        attachments=[attachment_data(item) for item in row.attachments.all()],
        of=row.incident.number if row.incident_id != shown.id else None,
    )


def attachment_data(row: Attachment) -> AttachmentData:
    """A row as the API shows it."""
    return AttachmentData(
        id=row.id,
        name=row.name,
        type=row.type,
        size=row.size,
        at=iso(row.at),
        taken_at=iso(row.taken_at) if row.taken_at else None,
        on_spot=row.on_spot,
        lat=row.latitude,
        lng=row.longitude,
    )


def _callback(incident: Incident, caller: Caller | None) -> Callback:
    if caller is None or not caller.callback:
        return Callback.NOT_WANTED
    if any(row.reached for row in caller.callbacks.all()):
        return Callback.DONE
    return Callback.OWED if selectors.is_time_to_call_back(incident) else Callback.LATER


def _called(row: CallBack, sees_caller: bool) -> CallBackData:
    return CallBackData(
        at=iso(row.at),
        by=row.by_name,
        reached=row.reached,
        satisfied=row.satisfied,
        words=row.words if sees_caller else None,
    )


def _supervision(row: Supervision, actor: Actor) -> SupervisionData:
    return SupervisionData(
        id=row.id,
        stage=Stage(row.stage),
        code=row.code,
        at=iso(row.at),
        by=row.by_name or None,
        text=row.text,
        asks=Asks(row.asks),
        due_at=_iso(row.due_at),
        overdue_at=_iso(row.overdue_at),
        escalates=row.escalates_id,
        lifted_at=_iso(row.lifted_at),
        lifted_by=row.lifted_by_name or None,
        end=End(row.end) if row.end else None,
        may_lift=supervision.may_lift(row, actor),
    )


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _extension(row: Extension) -> ExtensionData:
    return ExtensionData(
        stage=Stage(row.stage),
        minutes=row.minutes,
        reason=row.reason,
        asked_at=iso(row.asked_at),
        asked_by=row.asked_by.display_name,
        granted=row.granted,
    )


def _merged(row: Incident) -> MergedData:
    return MergedData(id=row.id, number=row.number, title=row.title)
