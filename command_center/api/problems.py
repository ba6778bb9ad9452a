"""Errors as RFC 9457 problem details with a stable `code`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel

if TYPE_CHECKING:
    from ninja import NinjaAPI

logger = logging.getLogger(__name__)


class ProblemCode(StrEnum):
    """What went wrong, for programs."""

    BAD_REQUEST = "bad_request"
    NOT_AUTHENTICATED = "not_authenticated"
    WRONG_CREDENTIALS = "wrong_credentials"
    OTP_REQUIRED = "otp_required"
    OTP_WRONG = "otp_wrong"
    LOCKED_OUT = "locked_out"
    RATE_LIMITED = "rate_limited"
    CSRF_FAILED = "csrf_failed"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    ALARM_CLOSED = "alarm_closed"
    ALARM_STILL_ACTIVE = "alarm_still_active"
    ALARM_NOT_LATCHED = "alarm_not_latched"
    ALARM_NOT_SHELVED = "alarm_not_shelved"
    ALARM_NEVER_SHELVED = "alarm_never_shelved"
    ALARM_UNCONFIRMED = "alarm_unconfirmed"
    ALREADY_ASSIGNED = "already_assigned"
    WINDOW_ENDED = "window_ended"
    WINDOW_RUNNING = "window_running"
    WINDOW_NOT_RUNNING = "window_not_running"
    WINDOW_OVERLAPS = "window_overlaps"
    VALIDATION_ERROR = "validation_error"
    INTERNAL = "internal"


class FieldProblem(BaseModel):
    """One wrong field of a request. `facts`: what words of one's own for the code want to name, such as a limit."""

    field: str
    message: str
    code: str
    facts: dict[str, str] | None = None


class ProblemDetails(BaseModel):
    """The body of every error answer (`application/problem+json`, RFC 9457 section 3)."""

    type: str = "about:blank"
    title: str
    status: int
    code: ProblemCode
    detail: str = ""
    errors: list[FieldProblem] | None = None


_TITLES: dict[ProblemCode, tuple[int, str]] = {
    ProblemCode.BAD_REQUEST: (400, "The request cannot be read"),
    ProblemCode.NOT_AUTHENTICATED: (401, "Sign in first"),
    ProblemCode.WRONG_CREDENTIALS: (401, "User name or password is wrong"),
    ProblemCode.OTP_REQUIRED: (403, "A one-time password is needed"),
    ProblemCode.OTP_WRONG: (401, "The one-time password is wrong"),
    ProblemCode.LOCKED_OUT: (429, "Too many failed attempts; try again later"),
    ProblemCode.RATE_LIMITED: (429, "Too many requests; try again later"),
    ProblemCode.CSRF_FAILED: (403, "The CSRF token is missing or wrong"),
    ProblemCode.FORBIDDEN: (403, "Your posts do not allow this"),
    ProblemCode.NOT_FOUND: (404, "Not found"),
    ProblemCode.CONFLICT: (409, "The state has changed meanwhile"),
    ProblemCode.ALARM_CLOSED: (409, "The alarm is closed"),
    ProblemCode.ALARM_STILL_ACTIVE: (409, "The condition has not cleared yet"),
    ProblemCode.ALARM_NOT_LATCHED: (409, "The alarm does not wait for a reset"),
    ProblemCode.ALARM_NOT_SHELVED: (409, "The alarm is not shelved"),
    ProblemCode.ALARM_NEVER_SHELVED: (409, "A person's call for help is never shelved"),
    ProblemCode.ALARM_UNCONFIRMED: (409, "Severity 1 is shelved only with a confirmation"),
    ProblemCode.ALREADY_ASSIGNED: (409, "The alarm is theirs already"),
    ProblemCode.WINDOW_ENDED: (409, "The maintenance window has ended"),
    ProblemCode.WINDOW_RUNNING: (409, "The maintenance window has begun"),
    ProblemCode.WINDOW_NOT_RUNNING: (409, "The maintenance window has not begun"),
    ProblemCode.WINDOW_OVERLAPS: (409, "There is maintenance of this equipment at this time"),
    ProblemCode.VALIDATION_ERROR: (422, "Some fields are wrong"),
    ProblemCode.INTERNAL: (500, "The server failed; the error has been logged"),
}


class Problem(Exception):  # noqa: N818  # the word of RFC 9457
    """Raise to answer with a problem. `detail` says what is wrong here and how to mend it.

    `retry_after_s`: after so many seconds it may be tried again (RFC 9110 section 10.2.3).
    """

    def __init__(
        self,
        code: ProblemCode,
        detail: str = "",
        errors: list[FieldProblem] | None = None,
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s


def missing(detail: str, needs: Iterable[str], field_of: Mapping[Any, str]) -> Problem:
    """A deed that lacks what it needs, each under its field; a need that is no field's stands for itself."""
    errors = [
        FieldProblem(field=field_of.get(need, str(need)), message=f"give {need}", code="missing")
        for need in needs
    ]
    return Problem(ProblemCode.VALIDATION_ERROR, detail, errors)


def problem_response(
    code: ProblemCode,
    detail: str = "",
    errors: list[FieldProblem] | None = None,
    retry_after_s: int | None = None,
) -> HttpResponse:
    """A problem as an HTTP answer."""
    status, title = _TITLES[code]
    body = ProblemDetails(title=title, status=status, code=code, detail=detail, errors=errors)
    return HttpResponse(
        orjson.dumps(body.model_dump(exclude_none=True)),
        status=status,
        content_type="application/problem+json",
        headers=None if retry_after_s is None else {"Retry-After": str(retry_after_s)},
    )


def _field_name(location: tuple[Any, ...]) -> str:
    """`("body", "payload", "ids", 0)` → `ids.0`: without the parts that only the framework knows."""
    parts = [str(part) for part in location]
    skip = (
        2
        if len(parts) > 2 and parts[0] in {"body", "query", "path", "form"} and parts[0] == "body"
        else 1
    )
    return ".".join(parts[skip:]) or parts[-1]


def install(api: NinjaAPI) -> None:
    """Have an API answer every error as a problem."""

    @api.exception_handler(Problem)
    def on_problem(_request: HttpRequest, error: Problem) -> HttpResponse:
        return problem_response(error.code, error.detail, error.errors, error.retry_after_s)

    @api.exception_handler(AuthenticationError)
    def on_authentication(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return problem_response(ProblemCode.NOT_AUTHENTICATED)

    @api.exception_handler(Http404)
    def on_not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem_response(ProblemCode.NOT_FOUND)

    @api.exception_handler(ValidationError)
    def on_validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            FieldProblem(
                field=_field_name(tuple(item["loc"])), message=item["msg"], code=item["type"]
            )
            for item in error.errors
        ]
        names = ", ".join(item.field for item in errors)
        return problem_response(ProblemCode.VALIDATION_ERROR, f"wrong: {names}", errors)

    @api.exception_handler(HttpError)
    def on_http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 403 and "CSRF" in str(error).upper():
            return problem_response(
                ProblemCode.CSRF_FAILED, "send the csrftoken cookie as X-CSRFToken"
            )
        codes = {status: code for code, (status, _title) in reversed(_TITLES.items())}
        return problem_response(codes.get(error.status_code, ProblemCode.BAD_REQUEST), str(error))

    def on_unstorable(request: HttpRequest, error: Exception) -> HttpResponse:
        """A NUL, a lone surrogate, a number of thirty digits: right in form, and no database holds it."""
        logger.info("%s %s: %s", request.method, request.path, type(error).__name__)
        return problem_response(
            ProblemCode.VALIDATION_ERROR, "a value holds what cannot be stored or looked up"
        )

    for unstorable in (DataError, OverflowError, UnicodeEncodeError):
        api.exception_handler(unstorable)(on_unstorable)

    @api.exception_handler(Exception)
    def on_anything(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem_response(ProblemCode.INTERNAL)


def titles() -> dict[ProblemCode, tuple[int, str]]:
    """Status and title of every code, for the documentation."""
    return dict(_TITLES)
