"""The media nodes of this installation, as the environment names them."""

from __future__ import annotations

from command_center.env import Environment
from conferencing.engines.node import NodeEngine
from conferencing.engines.port import Engine


def engines(environment: Environment) -> dict[str, Engine]:
    """An adapter for each node, by the address of its control API."""
    return {
        address: NodeEngine(
            address,
            secret=environment.media_secret,
            certificate=environment.media_certificate,
        )
        for address in environment.media_nodes or (environment.media_address,)
    }
