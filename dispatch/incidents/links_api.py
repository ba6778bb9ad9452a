"""REST: linking incidents that belong together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpRequest
from ninja import Router, Status

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from dispatch.incidents import links
from dispatch.incidents.errors import ConflictError, NotAllowedError
from dispatch.incidents.models import Incident
from dispatch.incidents.schemas import LinkMade, LinkReason

router = Router(tags=["incidents"])


@contextmanager
def _problems() -> Iterator[None]:
    """What the service refuses, as a problem."""
    try:
        yield
    except Incident.DoesNotExist as error:
        raise Http404 from error
    except links.SelfLinkError as error:
        problem = FieldProblem(field="other_id", message=str(error), code="itself")
        raise Problem(ProblemCode.VALIDATION_ERROR, str(error), [problem]) from error
    except ConflictError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    except NotAllowedError as error:
        raise Problem(ProblemCode.FORBIDDEN, str(error)) from error


@router.put(
    "/incidents/{int:incident_id}/links/{int:other_id}", response={201: LinkMade, 200: LinkMade}
)
def link(
    request: HttpRequest, incident_id: int, other_id: int, wanted: LinkReason
) -> Status[LinkMade]:
    """Link two cases that belong together (201), whichever of the two is named first; 200 if they were.

    For who is responsible for either and sees both. 409 of a case that was merged.
    """
    require(request, Permission.INCIDENTS_HANDLE)
    with _problems():
        linked = links.link(
            incident_id=incident_id, other_id=other_id, user=user_of(request), reason=wanted.reason
        )
    made = LinkMade(incidents=(linked.row.one_id, linked.row.other_id), reason=linked.row.reason)
    return Status(201 if linked.new else 200, made)


@router.delete("/incidents/{int:incident_id}/links/{int:other_id}", response={204: None})
def unlink(request: HttpRequest, incident_id: int, other_id: int) -> Status[None]:
    """Part two cases; those that are not linked stay so."""
    require(request, Permission.INCIDENTS_HANDLE)
    with _problems():
        links.unlink(incident_id=incident_id, other_id=other_id, user=user_of(request))
    return Status(204, None)
