"""What the routes about incidents share: which case a request may reach, and refusals as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.api.auth import require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode, missing
from command_center.attachments import pictures
from dispatch.incidents import errors, reporting, selectors
from dispatch.incidents.lifecycle import Need, Refusal
from dispatch.incidents.models import Incident, Supervision


def require_any(request: HttpRequest, *permissions: Permission) -> None:
    """Refuse whom no post gives any of these."""
    held = scopes_of(request.user)
    if not any(permission in held for permission in permissions):
        raise Problem(ProblemCode.FORBIDDEN, f"needs a post with {' or '.join(permissions)}")


def incident_in_scope(request: HttpRequest, incident_id: int, permission: Permission) -> Incident:
    """A case where this permission holds."""
    scope = require(request, permission)
    rows = Incident.objects.filter(scope.condition()).select_related("category", "reported_by")
    return get_object_or_404(rows, pk=incident_id)


def incident_within_reach(
    request: HttpRequest, incident_id: int, permission: Permission
) -> Incident:
    """A case in scope, or one that this person was sent to or reported."""
    require_any(request, permission, Permission.INCIDENTS_REPORT)
    rows = Incident.objects.select_related("category", "reported_by", "merged_into")
    return get_object_or_404(rows, selectors.reach(user_of(request), permission), pk=incident_id)


@contextmanager
def as_problems(scope: Scope = NOWHERE) -> Iterator[None]:
    """What a service refuses, as a problem that names what is wrong."""
    try:
        yield
    except (Incident.DoesNotExist, Supervision.DoesNotExist) as error:
        raise Http404 from error
    except reporting.TakenError as error:
        known = scope.covers(error.incident.code)
        raise Problem(ProblemCode.CONFLICT, str(error) if known else "") from error
    except errors.ConflictError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    except pictures.BadAttachmentError as error:
        problem = FieldProblem(field="file", message=str(error), code=error.code)
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error
    except errors.RefusedError as error:
        raise _refused(error) from error
    except errors.UnknownError as error:
        problem = FieldProblem(field=error.field, message=str(error), code="unknown")
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error
    except errors.NotAllowedError as error:
        raise Problem(ProblemCode.FORBIDDEN, str(error)) from error


_FIELD_OF_NEED = {Need.REASON: "text", Need.FEEDBACK: "text", Need.PHOTO: "attachments"}


def _refused(error: errors.RefusedError) -> Problem:
    match error.refusal:
        case Refusal.WRONG_STAGE:
            return Problem(ProblemCode.CONFLICT, str(error))
        case Refusal.MISSING:
            return missing(str(error), error.missing, _FIELD_OF_NEED)
        case Refusal.BAD_TARGET:
            problem = FieldProblem(field="target", message=str(error), code="bad_target")
            return Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem])
        case (
            Refusal.NOT_ALLOWED
            | Refusal.HANDLER_CANNOT_VERIFY
            | Refusal.HANDLER_CANNOT_EVALUATE
            | Refusal.TOP_LEVEL
        ):
            problem = FieldProblem(field="action", message=str(error), code=error.refusal)
            return Problem(ProblemCode.FORBIDDEN, str(error), [problem])


def position_of(lat: float | None, lng: float | None) -> tuple[float, float] | None:
    """A position (longitude, latitude) of both its parts, or none of neither."""
    if (lat is None) != (lng is None):
        problem = FieldProblem(
            field="lng" if lng is None else "lat", message="give both or neither", code="missing"
        )
        raise Problem(ProblemCode.VALIDATION_ERROR, "a position is lat and lng", [problem])
    return (lng, lat) if lng is not None and lat is not None else None
