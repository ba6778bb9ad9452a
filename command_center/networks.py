"""Which machines this system may open a connection to by an address that somebody typed. Pure.

A list of networks (CIDR), single addresses and host names. A name by itself admits only addresses of the public
network: one that leads into a private network needs that network on the list too, so that whoever can change a
name in the DNS reaches nothing by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IpAddress = IPv4Address | IPv6Address
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)


class BadNetworkError(ValueError):
    """An entry that is neither a network nor a name; its text is the entry."""


@dataclass(frozen=True, slots=True)
class Networks:
    """A list as it was parsed."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.networks or self.names)

    def names_host(self, host: str) -> bool:
        """Whether a host's name is on the list."""
        wanted = host.lower()
        return any(
            wanted.endswith(name[1:]) if name.startswith("*.") else wanted == name
            for name in self.names
        )

    def admits(self, host: str, address: IpAddress) -> bool:
        """Whether a connection to `address`, found under `host`, is allowed."""
        plain = _plain(address)
        if any(plain in network for network in self.networks):
            return True
        return plain.is_global and self.names_host(host)

    def may_admit(self, host: str) -> bool:
        """Whether a host can be allowed at all, before it is looked up."""
        literal = literal_address(host)
        if literal is not None:
            return self.admits(host, literal)
        return bool(self)

    def texts(self) -> list[str]:
        """The list as it can be parsed again."""
        return [*map(str, self.networks), *self.names]


NOWHERE = Networks()
"""Nothing is allowed."""


def literal_address(host: str) -> IpAddress | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _plain(address: IpAddress) -> IpAddress:
    """An IPv4 address in the clothes of an IPv6 one is what it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_networks(entries: Iterable[str]) -> Networks:
    """The entries of a list. Raises BadNetworkError with the one that is none."""
    networks: list[IPv4Network | IPv6Network] = []
    names: list[str] = []
    for text in entries:
        entry = text.strip().lower()
        try:
            networks.append(ip_network(entry.strip("[]")))
        except ValueError as error:
            # Digits and dots only were meant as an address.
            if not _NAME.fullmatch(entry) or re.fullmatch(r"[0-9.]+", entry):
                raise BadNetworkError(text) from error
            names.append(entry)
    return Networks(tuple(networks), tuple(names))
