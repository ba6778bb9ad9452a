"""Writing the audit record, in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from command_center.audit.models import AuditEntry

if TYPE_CHECKING:
    from command_center.accounts.models import User


class AuditAction(StrEnum):
    """What is put on record. In the API's schema `Action` is what can be done with an incident."""

    LOGIN = "session.login"
    LOGIN_REFUSED = "session.refused"
    LOGOUT = "session.logout"
    ALARM_ACKNOWLEDGED = "alarm.acknowledged"
    CORRELATION_CONFIGURED = "correlation.configured"
    ESCALATION_CONFIGURED = "escalation.configured"
    ALARM_RESET = "alarm.reset"
    ALARM_SHELVED = "alarm.shelved"
    ALARM_UNSHELVED = "alarm.unshelved"
    ALARM_ASSIGNED = "alarm.assigned"
    ALARM_COMMENTED = "alarm.commented"
    ALARM_SUPPRESSION = "alarm.suppression_configured"
    MAINTENANCE_PLANNED = "maintenance.planned"
    MAINTENANCE_CHANGED = "maintenance.changed"
    MAINTENANCE_ENDED = "maintenance.ended"
    MAINTENANCE_REMOVED = "maintenance.removed"
    DEVICE_CREATED = "device.created"
    DEVICE_CHANGED = "device.changed"
    DEVICE_REMOVED = "device.removed"
    DEVICE_CREDENTIAL = "device.credential_issued"
    DEVICE_COMMANDED = "device.commanded"
    DEVICE_COMMAND_ENDED = "device.command_ended"
    SNAPSHOT_SEEN = "snapshot.seen"
    SNAPSHOTS_FORGOTTEN = "snapshots.forgotten"
    DEVICES_IMPORTED = "devices.imported"
    DEVICES_EXPORTED = "devices.exported"
    DEAD_LETTER_REPLAYED = "dead_letter.replayed"
    DEAD_LETTER_DISCARDED = "dead_letter.discarded"
    DEVICE_TIMING = "devices.timing_set"
    RETENTION_SET = "history.retention_set"
    PENDING_REFUSED = "device.refused"
    PENDING_FORGOTTEN = "device.forgotten"
    JURISDICTIONS_IMPORTED = "jurisdictions.imported"
    JURISDICTION_CHANGED = "jurisdiction.changed"
    JURISDICTION_REMOVED = "jurisdiction.removed"
    ACCOUNT_CHANGED = "account.changed"
    UNIT_STATUS = "unit.status_set"
    UNIT_DUTY = "unit.duty_set"
    SOS_PRESSED = "unit.sos_pressed"
    UNIT_MEMBERS = "unit.members_set"
    UNIT_ROSTER = "unit.roster_set"
    TASKS_SENT = "tasks.sent"
    TASK_MOVED = "task.moved"
    PLAN_CONFIRMED = "plan.confirmed"
    INCIDENT_REPORTED = "incident.reported"
    INCIDENT_MOVED = "incident.moved"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_SUPERVISED = "incident.supervised"
    INCIDENT_EXTENDED = "incident.extended"
    INCIDENTS_CONFIGURED = "incidents.configured"
    CALLER_SEEN = "caller.seen"
    CALLER_CALLED_BACK = "caller.called_back"
    EXTERNAL_CHANGED = "external.changed"
    EXTERNAL_KEY = "external.key_issued"
    UNIT_TRACKER = "unit.tracker_issued"
    CONFERENCE_OPENED = "conference.opened"
    CONFERENCE_ENDED = "conference.ended"
    CONFERENCE_REMOVED = "conference.removed"
    CONFERENCE_CAMERA = "conference.camera_added"
    CAMERA_ADDRESS = "camera.address_set"
    CAMERA_TRIED = "camera.tried"
    CONFERENCE_CONSENT = "conference.consent_set"
    RECORDING_STARTED = "recording.started"
    RECORDING_STOPPED = "recording.stopped"
    RECORDING_FAILED = "recording.failed"
    RECORDING_PLAYED = "recording.played"
    RECORDING_DELETED = "recording.deleted"
    DECISION_WRITTEN = "decision.written"
    GUEST_INVITED = "conference.guest_invited"
    GUEST_ENTERED = "conference.guest_entered"
    GUEST_REVOKED = "conference.guest_revoked"
    ROUNDS_CONFIGURED = "rounds.configured"
    CONFERENCE_PLANNED = "conference.planned"
    CONFERENCE_SKIPPED = "conference.skipped"
    CONFERENCE_UNPLANNED = "conference.unplanned"
    RULE_CHANGED = "rule.changed"
    RULE_REMOVED = "rule.removed"
    RULE_QUARANTINED = "rule.quarantined"
    RULE_WOKEN = "rule.woken"
    CONFERENCE_FILE = "conference.file_shared"


Action = AuditAction


def record(
    *,
    action: Action,
    actor: User | None = None,
    actor_name: str = "",
    subject: str = "",
    code: str = "",
    detail: dict[str, Any] | None = None,
    address: str | None = None,
) -> None:
    """Put an act on record. `actor` None means the system, or a person who is not (yet) known."""
    entry_of(
        action=action,
        actor=actor,
        actor_name=actor_name,
        subject=subject,
        code=code,
        detail=detail,
        address=address,
    ).save(force_insert=True)


def record_all(entries: Iterable[AuditEntry]) -> None:
    """Put many acts on record, in this order."""
    AuditEntry.objects.bulk_create(entries)


def entry_of(
    *,
    action: Action,
    actor: User | None = None,
    actor_name: str = "",
    subject: str = "",
    code: str = "",
    detail: dict[str, Any] | None = None,
    address: str | None = None,
) -> AuditEntry:
    """An act, to be put on record with others."""
    return AuditEntry(
        at=timezone.now(),
        actor=actor,
        actor_name=actor_name or (actor.display_name if actor else "system"),
        action=action,
        subject=subject,
        code=code,
        detail=detail or {},
        address=address,
    )
