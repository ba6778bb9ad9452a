"""Voices for players: the one place that knows which maker speaks how."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.connection import Connector, Login
from iot_bridge.simulator.fleet import NETWORK_SERVER
from iot_bridge.simulator.maker_voices import (
    EspProbeVoice,
    FaceTerminalVoice,
    Link,
    LoraSensorVoice,
)
from iot_bridge.simulator.makers import CHIRPSTACK, ESP_PROBE, FACE_TERMINAL, Templates
from iot_bridge.simulator.outbox import FIRST_WAIT_S
from iot_bridge.simulator.voices import CanonicalVoice, Voice, run_name

Logins = Callable[[str], Login]
"""The login of a client, by its id."""


def canonical_voices(
    players: Iterable[Player],
    connector: Connector,
    logins: Logins,
    *,
    seed: int,
    acknowledged: bool = True,
    resend_after_s: float = FIRST_WAIT_S,
) -> list[CanonicalVoice]:
    """One client per device."""
    run = run_name()
    return [
        CanonicalVoice(
            player,
            connector,
            logins(player.id),
            run=f"{run}-{number}",
            seed=seed,
            acknowledged=acknowledged,
            resend_after_s=resend_after_s,
        )
        for number, player in enumerate(players)
    ]


def voices(
    players: Iterable[Player],
    connector: Connector,
    logins: Logins,
    *,
    templates: Templates,
    seed: int,
) -> list[Voice]:
    """One client per device; sensors of a network server share its client."""
    run = run_name()
    server: Link | None = None
    made: list[Voice] = []
    for number, player in enumerate(players):
        match player.codec:
            case codec if codec == FACE_TERMINAL:
                made.append(
                    FaceTerminalVoice(
                        player, connector, logins(player.id), templates=templates, seed=seed
                    )
                )
            case codec if codec == ESP_PROBE:
                made.append(
                    EspProbeVoice(player, connector, logins(player.id), templates=templates)
                )
            case codec if codec == CHIRPSTACK:
                server = server or Link(connector, logins(NETWORK_SERVER), NETWORK_SERVER)
                made.append(
                    LoraSensorVoice(player, connector, server, templates=templates, seed=seed)
                )
            case _:
                made.append(
                    CanonicalVoice(
                        player,
                        connector,
                        logins(player.id),
                        run=f"{run}-{number}",
                        seed=seed,
                        draws=True,
                    )
                )
    return made
