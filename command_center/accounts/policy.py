"""Which role may do what. Pure: the one table of permissions in the system."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a post entitles its holder to, within the post's jurisdiction."""

    DISPATCHER = "dispatcher"
    TOWNSHIP_OFFICER = "township_officer"
    VILLAGE_OFFICER = "village_officer"
    DEPARTMENT_OFFICER = "department_officer"
    PATROL = "patrol"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing that a post may allow."""

    ALARMS_VIEW = "alarms.view"
    ALARMS_ACKNOWLEDGE = "alarms.acknowledge"
    ALARMS_RESET = "alarms.reset"
    ALARMS_SHELVE = "alarms.shelve"
    ALARMS_SHELVE_GRAVE = "alarms.shelve_grave"
    ALARMS_MAINTAIN = "alarms.maintain"
    DEVICES_VIEW = "devices.view"
    DEVICES_MANAGE = "devices.manage"
    DEVICES_COMMAND = "devices.command"
    SNAPSHOTS_VIEW = "snapshots.view"
    UNITS_VIEW = "units.view"
    UNITS_MANAGE = "units.manage"
    TASKS_VIEW = "tasks.view"
    TASKS_CARRY = "tasks.carry"
    PUSH_RECEIVE = "push.receive"
    INCIDENTS_VIEW = "incidents.view"
    INCIDENTS_REPORT = "incidents.report"
    INCIDENTS_HANDLE = "incidents.handle"
    INCIDENTS_CALLERS = "incidents.callers"
    INCIDENTS_CONFIGURE = "incidents.configure"
    CONFERENCES_VIEW = "conferences.view"
    CONFERENCES_OPEN = "conferences.open"
    CONFERENCES_JOIN = "conferences.join"
    CONFERENCES_RECORDINGS = "conferences.recordings"
    RULES_VIEW = "rules.view"
    RULES_MANAGE = "rules.manage"
    DEAD_LETTERS_VIEW = "dead_letters.view"
    DEAD_LETTERS_MANAGE = "dead_letters.manage"
    AUDIT_VIEW = "audit.view"
    ACCOUNTS_MANAGE = "accounts.manage"
    JURISDICTIONS_MANAGE = "jurisdictions.manage"


_P = Permission
_WATCH = frozenset({_P.ALARMS_VIEW, _P.DEVICES_VIEW, _P.UNITS_VIEW})

_OFFICE = _WATCH | {
    _P.INCIDENTS_VIEW,
    _P.INCIDENTS_REPORT,
    _P.INCIDENTS_HANDLE,
    _P.TASKS_VIEW,
    _P.ALARMS_ACKNOWLEDGE,
    _P.ALARMS_RESET,
    _P.ALARMS_SHELVE,
    _P.DEVICES_COMMAND,
    _P.SNAPSHOTS_VIEW,
    _P.PUSH_RECEIVE,
}
_COMMAND = _OFFICE | {
    _P.ALARMS_SHELVE_GRAVE,
    _P.ALARMS_MAINTAIN,
    _P.UNITS_MANAGE,
    _P.INCIDENTS_CALLERS,
    _P.CONFERENCES_VIEW,
    _P.CONFERENCES_OPEN,
    _P.CONFERENCES_JOIN,
    _P.CONFERENCES_RECORDINGS,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.DISPATCHER: _COMMAND | {_P.DEAD_LETTERS_VIEW, _P.RULES_VIEW},
    Role.TOWNSHIP_OFFICER: _COMMAND,
    Role.VILLAGE_OFFICER: _OFFICE | {_P.TASKS_CARRY, _P.CONFERENCES_JOIN},
    Role.DEPARTMENT_OFFICER: frozenset(
        {_P.INCIDENTS_REPORT, _P.TASKS_CARRY, _P.PUSH_RECEIVE, _P.CONFERENCES_JOIN}
    ),
    Role.PATROL: _WATCH
    | {_P.INCIDENTS_REPORT, _P.TASKS_CARRY, _P.PUSH_RECEIVE, _P.CONFERENCES_JOIN},
    Role.AUDITOR: _WATCH
    | {
        _P.AUDIT_VIEW,
        _P.RULES_VIEW,
        _P.DEAD_LETTERS_VIEW,
        _P.INCIDENTS_VIEW,
        _P.TASKS_VIEW,
        _P.CONFERENCES_VIEW,
        _P.CONFERENCES_RECORDINGS,
    },
    Role.ADMINISTRATOR: _WATCH
    | {
        _P.INCIDENTS_CONFIGURE,
        _P.ALARMS_MAINTAIN,
        _P.DEVICES_MANAGE,
        _P.UNITS_MANAGE,
        _P.RULES_VIEW,
        _P.RULES_MANAGE,
        _P.DEAD_LETTERS_VIEW,
        _P.DEAD_LETTERS_MANAGE,
        _P.AUDIT_VIEW,
        _P.ACCOUNTS_MANAGE,
        _P.JURISDICTIONS_MANAGE,
    },
}


def roles_granting(permission: Permission) -> frozenset[Role]:
    """The roles whose posts allow this."""
    return frozenset(role for role, held in ROLE_PERMISSIONS.items() if permission in held)
