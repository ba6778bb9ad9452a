"""The password and ACL files of an external Mosquitto, made from the registry of devices.

The text is a function of the registry and of the configuration alone, so that a file that differs
is a file to write. Who may do what:

- a device logs in with its id and its password, writes its own `event`, `state` and `reply`, reads
  its own `ack` and `cmd`, and, if it speaks its maker's format, writes the maker's topics with its
  own id in them;
- the bridge (the user of MQTT_URL) reads and writes everything of ours, reads the makers' topics and
  writes where a codec has requests made;
- other systems (a LoRaWAN network server, a makers' gateway) are listed in `users.json`;
- what packages above this one let in, `settings.BROKER_GUESTS` names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from command_center.variables import BrokerUrl, ConfigurationError
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.credentials import SALT_BYTES, hash_password
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import PREFIX, Channel, Kind, build_topic

logger = logging.getLogger(__name__)

LOGINS = "passwd"
ACL = "acl"
USERS = "users.json"
_RELOADED = "reloaded"

_WRITES = (Channel.EVENT, Channel.STATE, Channel.REPLY)
_READS = (Channel.ACK, Channel.CMD)
_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
_USERNAME = re.compile(r"[A-Za-z0-9_.@-]{1,64}", re.ASCII)
_FILTER = re.compile(r"[^\x00-\x20\x7f]{1,256}")
_HASH = re.compile(r"\$[67]\$[^\s:]+")


@dataclass(frozen=True, slots=True)
class BrokerUser:
    """One login and the topic filters it may use, in the order they are written."""

    username: str
    password_hash: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    readwrite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guests:
    """Users of the broker that packages above this one have, and what the bridge's login reads for them."""

    users: Callable[[], Iterable[BrokerUser]]
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """What the files need to know of a device."""

    id: str
    kind: Kind
    jurisdiction: str
    password_hash: str
    codec: str = "canonical"
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """The text of both files."""

    passwd: str
    acl: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(f"{self.passwd}\0{self.acl}".encode()).hexdigest()
        object.__setattr__(self, "digest", digest)


def maker_topics(filters: Sequence[str], reference: str) -> tuple[str, ...]:
    """The topics a device of a maker writes itself, from the filters its codec reads; or those it is told on.

    One `+` stands for the device. A topic without any is shared by all devices of the make, and
    granted only where the maker has no topic per device beneath it. Two are behind a gateway, which
    has a user of its own.
    """
    if _REFERENCE.fullmatch(reference) is None:
        return ()
    own = [f.replace("+", reference) for f in filters if f.count("+") == 1 and "#" not in f]
    shared = [f for f in filters if "+" not in f and "#" not in f and f"{f}/+" not in filters]
    return (*own, *shared)


def device_user(device: DeviceLogin) -> BrokerUser:
    """A device as a user of the broker. Raises ValueError if it can have no topic."""
    topic = build_topic(jurisdiction=device.jurisdiction, kind=device.kind, device_id=device.id)
    foreign: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    if device.codec != "canonical" and device.codec in REGISTRY.names:
        codec = REGISTRY.by_name(device.codec)
        foreign = maker_topics(codec.filters, device.external_id or device.id)
        told = maker_topics(codec.commands, device.external_id or device.id)
    return BrokerUser(
        username=device.id,
        password_hash=device.password_hash,
        write=(*(str(topic.on(channel)) for channel in _WRITES), *foreign),
        read=(*(str(topic.on(channel)) for channel in _READS), *told),
    )


def bridge_user(broker: BrokerUrl, *, key: str, read: Iterable[str] = ()) -> BrokerUser | None:
    """The bridge's own login; None when MQTT_URL has none. The salt comes from `key`, so that the
    hash of one password stays the same.
    """
    if not broker.username or broker.password is None:
        return None
    salt = hmac.digest(key.encode(), f"mqtt {broker.username}".encode(), "sha256")[:SALT_BYTES]
    foreign = tuple(f for f in REGISTRY.filters if not f.startswith(f"{PREFIX}/"))
    return BrokerUser(
        username=broker.username,
        password_hash=hash_password(broker.password, salt=salt),
        read=(*foreign, *read),
        write=REGISTRY.commands,
        readwrite=(f"{PREFIX.partition('/')[0]}/#",),
    )


def render(users: Iterable[BrokerUser]) -> BrokerFiles:
    """Both files. Of two users of one name the first is written: systems come before devices."""
    passwd: list[str] = []
    acl: list[str] = []
    seen: set[str] = set()
    for user in users:
        if user.username in seen:
            logger.warning("the broker user %s is defined twice; the first counts", user.username)
            continue
        seen.add(user.username)
        passwd.append(f"{user.username}:{user.password_hash}\n")
        acl.append(f"user {user.username}\n")
        for access in ("write", "read", "readwrite"):
            acl.extend(f"topic {access} {topic}\n" for topic in getattr(user, access))
        acl.append("\n")
    return BrokerFiles(passwd="".join(passwd), acl="".join(acl))


def parse_users(text: str) -> tuple[BrokerUser, ...]:
    """The systems of users.json. Raises ConfigurationError that names the wrong entry."""
    try:
        entries = json.loads(text)
        if not isinstance(entries, list):
            raise TypeError("not a list")
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{USERS} must be a JSON list of users: {error}.") from error
    return tuple(_user(number, entry) for number, entry in enumerate(entries, 1))


def format_users(users: Iterable[BrokerUser]) -> str:
    """The text that `parse_users` reads."""
    entries = [
        {
            "username": user.username,
            "password_hash": user.password_hash,
            "read": list(user.read),
            "write": list(user.write),
        }
        for user in users
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False)


def broker_directory() -> Path:
    """Where the files are: DATA_DIR/broker."""
    return Path(settings.DATA_DIR) / "broker"


def read_users() -> tuple[BrokerUser, ...]:
    """The systems configured in DATA_DIR/broker/users.json; none without the file."""
    path = broker_directory() / USERS
    return parse_users(path.read_text(encoding="utf-8")) if path.exists() else ()


def current_files(broker: BrokerUrl) -> BrokerFiles:
    """What the files should hold now."""
    guests: list[Guests] = [import_string(name) for name in settings.BROKER_GUESTS]
    read = [topic for guest in guests for topic in guest.read]
    bridge = bridge_user(broker, key=settings.SECRET_KEY, read=read)
    systems = (*((bridge,) if bridge else ()), *read_users())
    teams = (user for guest in guests for user in guest.users())
    return render((*systems, *teams, *_device_users()))


def publish_broker_files(broker: BrokerUrl) -> str:
    """Bring the files up to date and have Mosquitto read them, if either is due; says what it did."""
    directory = broker_directory()
    files = current_files(broker)
    said = []
    for name, text in ((LOGINS, files.passwd), (ACL, files.acl)):
        if _read(directory / name) != text:
            replace_private(directory / name, text)
            said.append(name)
    if said:
        said = [f"{' and '.join(said)} written"]
    if _read(directory / _RELOADED) != files.digest and _reload():
        replace_private(directory / _RELOADED, files.digest)
        said.append("Mosquitto told to reload")
    return ", ".join(said)


def _user(number: int, entry: Any) -> BrokerUser:
    def wrong(what: str) -> ConfigurationError:
        return ConfigurationError(f"{USERS}, user {number}: {what}.")

    if not isinstance(entry, dict):
        raise wrong("must be an object")
    unknown = set(entry) - {"username", "password_hash", "read", "write"}
    if unknown:
        raise wrong(f"unknown field {sorted(unknown)[0]!r}")
    username, password_hash = entry.get("username"), entry.get("password_hash")
    if not isinstance(username, str) or _USERNAME.fullmatch(username) is None:
        raise wrong("username must be 1 to 64 letters, digits, '_', '.', '@' or '-'")
    if not isinstance(password_hash, str) or _HASH.fullmatch(password_hash) is None:
        raise wrong("password_hash must be as mosquitto_passwd writes it, $7$…")
    return BrokerUser(
        username=username,
        password_hash=password_hash,
        read=_filters(entry.get("read", []), wrong("read must be a list of topic filters")),
        write=_filters(entry.get("write", []), wrong("write must be a list of topic filters")),
    )


def _filters(value: Any, error: ConfigurationError) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise error
    if not all(isinstance(item, str) and _FILTER.fullmatch(item) for item in value):
        raise error
    return tuple(value)


def _device_users() -> Iterable[BrokerUser]:
    rows = Device.objects.exclude(broker_hash="").order_by("id")
    fields = ("id", "kind", "jurisdiction_id", "broker_hash", "codec", "external_id")
    for id_, kind, code, password_hash, codec, external_id in rows.values_list(*fields):
        try:
            yield device_user(DeviceLogin(id_, Kind(kind), code, password_hash, codec, external_id))
        except ValueError:
            logger.warning("device %s has no usable topic and gets no login at the broker", id_)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def replace_private(path: Path, text: str) -> None:
    """Swap a private file in one step, so that Mosquitto never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _reload() -> bool:
    """SIGHUP the process of MOSQUITTO_PID_FILE, after a look that it is a Mosquitto."""
    path = settings.ENVIRONMENT.mosquitto_pid_file
    if path is None:
        return False
    try:
        pid = int(path.read_text(encoding="ascii"))
        name = Path(f"/proc/{pid}/comm")
        if name.exists() and "mosquitto" not in name.read_text(encoding="utf-8"):
            logger.warning("%s names process %d, which is no Mosquitto", path, pid)
            return False
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError) as error:
        logger.warning("Mosquitto could not be told to reload: %s", error)
        return False
    return True
