"""The media nodes of this installation, as the environment names them."""

from __future__ import annotations

from command_center.env import Environment
from conferencing.engines.node import NodeEngine
from conferencing.engines.port import Engine


def engines(environment: Environment) -> dict[str, Engine]:
    """An adapter for each node, by the address of its control API."""
    return {
        node.address: NodeEngine(
            node.address,
            secret=environment.media_secret,
            certificate=environment.media_certificate,
        )
        for node in environment.media_addresses
    }


def townships(environment: Environment) -> dict[str, str]:
    """The nodes that are there for one jurisdiction: by its code, the name that `engines` gives them."""
    return {node.code: node.address for node in environment.media_addresses if node.code}
