"""`manage.py simulate`: devices that are not there, as real MQTT clients."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from command_center.variables import ConfigurationError
from iot_bridge.runner.broker import DEMO_USER, read_broker_settings
from iot_bridge.simulator import fleet, processes
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.connection import Login
from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.load import parse_mix
from iot_bridge.simulator.outbox import FIRST_WAIT_S
from iot_bridge.simulator.performance import Performance
from iot_bridge.simulator.stories import STORIES


def _part(text: str) -> tuple[int, int]:
    index, total = text.split("/")
    return int(index), int(total)


class Command(BaseCommand):
    help = (
        "Simulate devices as separate MQTT clients: by default a gentle life of the city, with "
        "stories that raise alarms and mostly clear them; with --rate an even load. Waits while "
        "the broker is away; SIGTERM ends it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_argument_group("devices and where they connect")
        who.add_argument("--devices", type=int, metavar="N", help="only N of them, spread evenly")
        who.add_argument("--code", default="", help="only those below this jurisdiction")
        who.add_argument("--host", help="broker; else MQTT_URL's or the embedded one")
        who.add_argument("--port", type=int)
        who.add_argument("--username", help="one login for all devices")
        who.add_argument("--password")
        who.add_argument(
            "--credentials",
            type=Path,
            metavar="FILE",
            help="what device_credential printed, an object a line; no database is needed",
        )
        who.add_argument(
            "--issue-credentials",
            action="store_true",
            help="give every device a password of its own at MQTT_URL's broker; demo installations "
            "only, for it writes to the registry",
        )
        what = parser.add_argument_group("what they do")
        what.add_argument("--seed", type=int, help="the same stories again (else others each time)")
        what.add_argument("--stories", default="all", help=f"none, all, or of: {','.join(STORIES)}")
        what.add_argument("--duration", type=float, metavar="S", help="end after this many seconds")
        load = parser.add_argument_group("as a load generator")
        load.add_argument("--rate", type=float, metavar="MSG_PER_S", help="events a second, evenly")
        load.add_argument(
            "--mix", default="", help="parts, as alarms=0.02,duplicates=0.01,bad=0.001"
        )
        load.add_argument("--processes", type=int, default=1, metavar="N", help="share the work")
        load.add_argument("--no-acks", action="store_true", help="a bare broker: PUBACK is enough")
        load.add_argument("--drain", type=float, default=30, metavar="S", help="wait for last acks")
        load.add_argument(
            "--resend-after", type=float, default=FIRST_WAIT_S, metavar="S", help="without ack"
        )
        load.add_argument("--part", type=_part, default=(0, 1), help="I/N: of N processes the I-th")
        parser.add_argument(
            "--connects", type=float, default=60, metavar="PER_S", help="new connections a second"
        )
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the figures as JSON")
        parser.add_argument("--quiet", action="store_true", help="say only what goes wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = self._run(options)
        except (ConfigurationError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        report = figures.to_json()
        if options["report"] is not None:
            options["report"].write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        if not options["quiet"]:
            report.pop("raw")
            self.stdout.write(json.dumps(report))

    def _run(self, options: dict[str, Any]) -> Figures:
        stories = _stories(options["stories"])
        mix = parse_mix(options["mix"])
        if options["processes"] > 1:
            if options["rate"] is None:
                raise ConfigurationError("--processes is for --rate; a gentle city needs one.")
            return processes.share(sys.argv, options["processes"])
        players, logins = self._cast(options)
        performance = Performance(
            players,
            logins,
            seed=options["seed"],
            connects_per_s=options["connects"],
            say=self._speaker(quiet=options["quiet"]),
            complain=self._complain,
        )
        if options["rate"] is None:
            samples = Path(settings.BASE_DIR) / "mqtt" / "samples"
            return performance.live(samples, stories=stories, duration_s=options["duration"])
        index, total = options["part"]
        return performance.press(
            rate=options["rate"] / total,
            mix=mix,
            duration_s=options["duration"],
            acknowledged=not options["no_acks"],
            resend_after_s=options["resend_after"],
            drain_s=options["drain"],
            name=f"{index + 1} of {total}" if total > 1 else "",
        )

    def _cast(self, options: dict[str, Any]) -> tuple[list[Player], dict[str, Login]]:
        """The devices, and a login for each client."""
        if options["credentials"] is not None:
            players, logins = fleet.read_credentials(options["credentials"])
        else:
            players, logins = fleet.players_in_registry(code=options["code"]), {}
        if options["rate"] is not None:
            players = [player for player in players if player.canonical]
        players = fleet.some(players, options["devices"])
        index, total = options["part"]
        players = players[index::total]
        if not players:
            raise ConfigurationError("No device to simulate; `manage.py seed_demo` registers some.")
        if options["issue_credentials"]:
            broker = settings.ENVIRONMENT.mqtt_url
            if broker is None:
                raise ConfigurationError(
                    "--issue-credentials is for an external broker; set MQTT_URL."
                )
            logins = fleet.issued_logins(players, broker)
        if not logins:
            shared = _shared_login(options)
            names = [*(player.id for player in players), fleet.NETWORK_SERVER]
            logins = dict.fromkeys(names, shared)
        return players, logins

    def _speaker(self, *, quiet: bool) -> Any:
        return (lambda text: None) if quiet else self._say

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _complain(self, text: str) -> None:
        self.stderr.write(text)
        self.stderr.flush()


def _stories(text: str) -> tuple[str, ...]:
    if text in {"all", ""}:
        return tuple(STORIES)
    if text == "none":
        return ()
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in STORIES:
            raise ConfigurationError(f"No story is called {name!r}; known: {', '.join(STORIES)}.")
    return names


def _shared_login(options: dict[str, Any]) -> Login:
    """One login for all: as told, else MQTT_URL's own, else the embedded broker's demo login."""

    known = read_broker_settings(settings.ENVIRONMENT, username=DEMO_USER)
    told = options["username"] is not None or options["host"] is not None
    return Login(
        host=options["host"] or known.host,
        port=options["port"] or known.port,
        username=options["username"] if told else known.username,
        password=options["password"] if told else known.password,
        tls=known.tls and options["host"] is None,
    )
