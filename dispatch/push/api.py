"""REST: push subscriptions of one's browsers, and how a task's messages were delivered."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from command_center.hosts import ADDRESS_LIMIT
from dispatch.push import keys, ntfy, selectors, services
from dispatch.push.ladder import Rung, State
from dispatch.push.models import Delivery, Subscription

router = Router(tags=["push"])

POINT_BYTES = 65
AUTH_BYTES = 16


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("base64url is wanted") from error


def _check_point(text: str) -> str:
    """An uncompressed point on P-256 (RFC 8291, section 2.1)."""
    point = _bytes_of(text)
    if len(point) != POINT_BYTES:
        raise ValueError(f"{POINT_BYTES} bytes are wanted")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise ValueError("no point on the curve P-256") from error
    return text


def _check_auth(text: str) -> str:
    """The secret of a subscription (RFC 8291, section 2.1)."""
    if len(_bytes_of(text)) != AUTH_BYTES:
        raise ValueError(f"{AUTH_BYTES} bytes are wanted")
    return text


Endpoint = Annotated[str, Field(min_length=1, max_length=ADDRESS_LIMIT)]


class PushKey(Schema):
    """The `applicationServerKey` to subscribe with, in base64url."""

    public_key: str


class SubscriptionKeys(Schema):
    """What encrypts for the browser, both in base64url."""

    p256dh: Annotated[str, Field(max_length=100), AfterValidator(_check_point)]
    auth: Annotated[str, Field(max_length=40), AfterValidator(_check_auth)]


class NewSubscription(Schema):
    """A `PushSubscription` as the browser's `toJSON` gives it."""

    endpoint: Endpoint
    keys: SubscriptionKeys


class SubscriptionAddress(Schema):
    """Which browser."""

    endpoint: Endpoint


class NewTopic(Schema):
    """On which server, as `GET /push/topics` names them."""

    server: Annotated[str, Field(min_length=1, max_length=ADDRESS_LIMIT)]


class TopicData(Schema):
    """A topic that a phone of one's own listens to; `last_ok_at` is when its server last took something."""

    endpoint: str
    since: str
    last_ok_at: str | None


class TopicsData(Schema):
    """The ntfy servers of this installation, and one's own topics there."""

    servers: list[str]
    topics: list[TopicData]


class DeliveryData(Schema):
    """One message on one way to one receiver: `who` a person or a webhook, `message` its number.

    `sent` means taken by a service, or that an open app was told to look (of a notice: shows it); delivered is
    a task only when the app says so, and a notice when somebody has seen it.
    """

    message: int
    rung: Rung
    state: State
    at: str
    who: str
    detail: str


@router.get("/push/key", response=PushKey)
def get_key(request: HttpRequest) -> PushKey:
    """The key to subscribe with. 404 while this installation has none."""
    require(request, Permission.PUSH_RECEIVE)
    try:
        return PushKey(public_key=keys.public_text(keys.load_key()))
    except keys.NoKeyError as error:
        raise Problem(ProblemCode.NOT_FOUND, "there is no key: manage.py push_keys") from error


@router.post("/push/subscriptions", response={201: SubscriptionAddress})
def subscribe(request: HttpRequest, wanted: NewSubscription) -> Status[SubscriptionAddress]:
    """Have this browser be pushed to. 422 names a push service that is not on this installation's list."""
    require(request, Permission.PUSH_RECEIVE)
    try:
        services.subscribe(
            user=user_of(request),
            endpoint=wanted.endpoint,
            p256dh=wanted.keys.p256dh,
            auth=wanted.keys.auth,
        )
    except services.HostNotAllowedError as error:
        text = f"{error} is not on this installation's list of push services"
        problem = FieldProblem(field="endpoint", message=text, code="host_not_allowed")
        raise Problem(ProblemCode.VALIDATION_ERROR, text, [problem]) from error
    return Status(201, SubscriptionAddress(endpoint=wanted.endpoint))


@router.delete("/push/subscriptions", response={204: None})
def unsubscribe(request: HttpRequest, wanted: SubscriptionAddress) -> Status[None]:
    """Push to this browser of one's own no more; 204 as well for one that is not known."""
    services.unsubscribe(user=user_of(request), endpoint=wanted.endpoint)
    return Status(204, None)


def _topic(row: Subscription) -> TopicData:
    last = iso(row.last_ok_at) if row.last_ok_at else None
    return TopicData(endpoint=row.endpoint, since=iso(row.created_at), last_ok_at=last)


@router.get("/push/topics", response=TopicsData)
def list_topics(request: HttpRequest) -> TopicsData:
    """Where a phone can listen whose browser has no push service within reach, and where one's own do."""
    require(request, Permission.TASKS_CARRY)
    rows = selectors.topics_of(user_of(request))
    return TopicsData(
        servers=ntfy.servers(settings.PUSH_HOSTS), topics=[_topic(row) for row in rows]
    )


@router.post("/push/topics", response={201: TopicData})
def add_topic(request: HttpRequest, wanted: NewTopic) -> Status[TopicData]:
    """A new topic for a phone of one's own: for the ntfy app to listen to, by a name that nobody else knows.

    What is published there says that there is a task and where to open it, and nothing of what it is about.
    To end it, `DELETE /push/subscriptions` with its address.
    """
    require(request, Permission.TASKS_CARRY)
    page = request.build_absolute_uri("/patrol/")
    try:
        row = services.subscribe_topic(user=user_of(request), server=wanted.server, page=page)
    except services.HostNotAllowedError as error:
        text = f"{error} is no push server of this installation"
        problem = FieldProblem(field="server", message=text, code="host_not_allowed")
        raise Problem(ProblemCode.VALIDATION_ERROR, text, [problem]) from error
    return Status(201, _topic(row))


@router.get("/tasks/{int:task_id}/deliveries", response=list[DeliveryData])
def list_deliveries(request: HttpRequest, task_id: int) -> list[DeliveryData]:
    """How the messages of a task were delivered, oldest first."""
    scope = require(request, Permission.TASKS_VIEW)
    rows = selectors.deliveries_of(task_id, scope)
    if rows is None:
        raise Http404
    return [delivery_data(row) for row in rows]


def delivery_data(row: Delivery) -> DeliveryData:
    """A row as the API shows it."""
    return DeliveryData(
        message=row.message_id,
        rung=Rung(row.rung),
        state=State(row.state),
        at=iso(row.at),
        who=row.who,
        detail=row.detail,
    )
