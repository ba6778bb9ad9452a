"""What tests do to a system's database through its own services; run where Django is set up.

Each deed takes and returns what JSON can carry, so that a clerk can do it in another process.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.accounts.services import PostAt, create_account, save_account
from command_center.administration.pages import register_all
from command_center.feed import services as feed
from command_center.jurisdictions.models import Jurisdiction
from command_center.jurisdictions.services import remove_jurisdiction, save_jurisdiction
from dispatch.tasks.sweeping import sweep
from dispatch.units.duty import add_member
from dispatch.units.kinds import Skill, UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units, remove_unit
from iot_bridge.alarms.models import CorrelationRule
from iot_bridge.devices.broker_files import publish_broker_files
from iot_bridge.devices.credentials import issue_credentials
from iot_bridge.devices.feed import DeviceData
from iot_bridge.devices.models import Device, Status
from iot_bridge.devices.services import NewDevice, register_devices, remove_device, save_device
from iot_bridge.outages import services as outages
from iot_bridge.outages.models import OutageCause
from iot_bridge.protocol.topics import Kind
from tests.support import city


def outage(*, code: str, site: str) -> int:
    """A site fell silent and was heard again; the row's id."""
    now = timezone.now()
    with feed.transaction() as publication:
        rows = outages.begin(
            publication,
            cause=OutageCause.SITE_SILENT,
            place=outages.Place((code,), site),
            bridge="test",
            since=now,
            now=now,
            anchor=None,
            devices=3,
        )
        outages.end(publication, outages=rows, until=now, now=now)
    return rows[0].pk


def migrate() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0)


def seed() -> None:
    """Write the city of the tests."""
    with feed.transaction():
        for index, (code, name) in enumerate(city.jurisdictions()):
            set_jurisdiction(code=code, name=name, lng=106.3 + index / 100, lat=38.1)
        for person in city.PEOPLE:
            create_account(
                username=person.username,
                name=person.name,
                password=city.PASSWORD,
                posts=[PostAt(Role(role), code) for role, code in person.posts],
                is_staff=person.staff,
            )
        register(devices=[[d.id, d.name, d.kind, d.code, d.codec, ""] for d in city.fleet()])
        create_units(
            units=[
                NewUnit(name=f"{t.name}{kind}", kind=UnitKind(kind), code=t.code)
                for t in city.TOWNSHIPS
                for kind in city.UNIT_KINDS
            ]
        )


def calm(*, parameters: dict[str, Any]) -> None:
    """What tests have neighbours say within a minute is neither chatter nor one event."""
    CorrelationRule.objects.update(enabled=False)
    Device.objects.update(parameters=parameters)


def set_jurisdiction(*, code: str, name: str, lng: float = 106.3, lat: float = 38.1) -> None:
    """Add a jurisdiction or rename it."""
    row = Jurisdiction.objects.filter(pk=code).first() or Jurisdiction(code=code)
    row.name, row.longitude, row.latitude = name, lng, lat
    save_jurisdiction(jurisdiction=row, actor=None)


def drop_jurisdiction(*, code: str) -> None:
    """Take an empty jurisdiction out of the tree."""
    remove_jurisdiction(jurisdiction=Jurisdiction.objects.get(pk=code), actor=None)


def register(*, devices: Sequence[Sequence[str]], parameters: dict[str, Any] | None = None) -> None:
    """Register devices given as [id, name, kind, code, codec, external id]."""
    register_devices(
        devices=[
            NewDevice(
                id=id_,
                name=name,
                kind=Kind(kind),
                code=code,
                site=name,
                longitude=106.3,
                latitude=38.1,
                codec=codec,
                external_id=external,
                parameters=parameters or {},
            )
            for id_, name, kind, code, codec, external in devices
        ],
        actor=None,
    )


def move(*, device: str, code: str) -> None:
    """Register a device elsewhere."""
    row = Device.objects.select_related("status").get(pk=device)
    row.jurisdiction_id = code
    save_device(device=row, actor=None)


def remove(*, device: str) -> None:
    """Take a device off the registry."""
    remove_device(device=Device.objects.get(pk=device), actor=None)


def credentials(*, devices: Sequence[str]) -> dict[str, str]:
    """Fresh MQTT passwords, told to the broker where there is an external one."""
    issued = issue_credentials(device_ids=devices, actor_name="test")
    if settings.ENVIRONMENT.mqtt_url is not None:
        publish_broker_files(settings.ENVIRONMENT.mqtt_url)
    return issued


def posts(*, username: str, held: Sequence[Sequence[str]]) -> None:
    """Give a person exactly these posts, as [role, code]."""
    save_account(
        user=User.objects.get(username=username),
        posts=[PostAt(Role(role), code) for role, code in held],
        actor=None,
    )


def person(*, username: str, held: Sequence[Sequence[str]], staff: bool = False) -> None:
    """Create an account."""
    create_account(
        username=username,
        name=username,
        password=city.PASSWORD,
        posts=[PostAt(Role(role), code) for role, code in held],
        is_staff=staff,
    )


def units_at(*, code: str) -> list[int]:
    """The ids of the units of a jurisdiction."""
    return list(Unit.objects.filter(jurisdiction_id=code).values_list("id", flat=True))


def emit(*, code: str, device: str, count: int, per_transaction: int = 1, site: str = "") -> None:
    """Write feed events as a busy bridge would, `per_transaction` of them in each commit."""
    for start in range(0, count, per_transaction):
        with feed.transaction() as publication:
            for number in range(start, min(count, start + per_transaction)):
                publication.emit(
                    "device.changed", code=code, data=_shown(device, code, number, site)
                )


def _shown(device: str, code: str, number: int, site: str) -> DeviceData:
    return DeviceData(
        id=device,
        name=f"{device} {number}",
        kind=Kind.CAMERA,
        code=code,
        site=site,
        lat=None,
        lng=None,
        codec="canonical",
        status=Status.ONLINE,
        battery=number % 101,
        fault=None,
        out_of_service_until=None,
        out_of_service_reason="",
    )


def emit_from_threads(*, threads: int, transactions: int, code: str, mark: str) -> None:
    """Several threads write at once; every fifth transaction fails after it has emitted."""
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(transactions):
                _write_some(name, code, number, fail=number % 5 == 4)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=write, args=(f"{mark}{n}",)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]


class _MeantToFailError(Exception):
    pass


def _write_some(name: str, code: str, number: int, *, fail: bool) -> None:
    try:
        with feed.transaction() as publication:
            for _ in range(1 + number % 3):
                publication.emit("device.changed", code=code, data=_shown(name, code, number, ""))
            try:
                with feed.transaction() as inner:
                    inner.emit("device.changed", code=code, data=_shown("never", code, 0, ""))
                    raise _MeantToFailError
            except _MeantToFailError:
                pass
            if fail:
                publication.emit("device.changed", code=code, data=_shown("never", code, 1, ""))
                raise _MeantToFailError
    except _MeantToFailError:
        pass


def refuse_events(*, event_id: str) -> None:
    """Have the database itself refuse an event, as it would a value that it cannot hold."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE TRIGGER refuse_event BEFORE INSERT ON intake_deviceevent "
                f"WHEN NEW.event_id = '{event_id}' "
                f"BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
            )
            return
        cursor.execute(
            f"CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.event_id = '{event_id}' THEN "
            f"RAISE EXCEPTION 'refused by the test' USING ERRCODE = 'check_violation'; END IF; "
            f"RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_event BEFORE INSERT ON intake_deviceevent "
            "FOR EACH ROW EXECUTE FUNCTION refuse_event()"
        )


def accept_events() -> None:
    """Take the refusal back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS refuse_event")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS refuse_event ON intake_deviceevent")
            cursor.execute("DROP FUNCTION IF EXISTS refuse_event")


def forget_feed() -> None:
    """Trim the feed as the worker does after a day: nothing before now is kept."""
    from command_center.feed.models import FeedEvent, FeedHead

    with transaction.atomic():
        head = FeedHead.objects.select_for_update().get(id=1)
        FeedEvent.objects.filter(seq__lte=head.seq).delete()
        FeedHead.objects.filter(id=1).update(trimmed=head.seq)


def begin_epoch() -> None:
    """As after a restored backup: the feed has another epoch and begins anew."""
    from uuid import uuid4

    from command_center.feed.models import FeedEvent, FeedHead

    with transaction.atomic():
        FeedHead.objects.select_for_update().get(id=1)
        FeedEvent.objects.all().delete()
        FeedHead.objects.filter(id=1).update(epoch=uuid4(), seq=0, trimmed=0)


def walk(*, seed: int, steps: int) -> None:
    """Take a random walk and hold the law of the feed against it."""
    from tests.support.walks import random_walk

    random_walk(seed=seed, steps=steps, shared=True).laws()


def admin_objects(*, traces: Sequence[str]) -> dict[str, list[str]]:
    """For every model in the admin, its path and the keys of a few objects that bear a trace."""
    register_all()
    found: dict[str, list[str]] = {}
    for model in admin.site._registry:
        rows = []
        for row in model._default_manager.all():
            values = [str(row), *(str(value) for value in vars(row).values())]
            if isinstance(row, User):
                values += [post.jurisdiction_id for post in row.posts.all()]
            if any(trace in value for trace in traces for value in values):
                rows.append(str(row.pk))
        found[f"/admin/{model._meta.app_label}/{model._meta.model_name}/"] = rows[:3]
    return found


def add_unit(
    *,
    name: str,
    code: str,
    lng: float | None = None,
    lat: float | None = None,
    skills: Sequence[str] = (),
) -> int:
    """Create a unit; returns its id."""
    new = NewUnit(
        name=name,
        kind=UnitKind.PATROL,
        code=code,
        longitude=lng,
        latitude=lat,
        skills=tuple(Skill(skill) for skill in skills),
    )
    create_units(units=[new])
    return Unit.objects.filter(name=name).latest("id").id


def join(*, unit: int, username: str) -> None:
    """Have a person belong to a unit."""
    member = User.objects.get(username=username)
    add_member(unit=Unit.objects.get(pk=unit), user=member, actor=None)


def sweep_tasks(*, after_s: float) -> list[int]:
    """What the worker does for tasks so many seconds from now; how many were reminded and expired."""
    swept = sweep(now=timezone.now() + timedelta(seconds=after_s))
    return [swept.reminded, swept.expired]


def drop_unit(*, unit: int) -> None:
    """Take a unit off the list."""
    remove_unit(unit=Unit.objects.get(pk=unit))
