"""Who may be connected: so many in all and of one place, and whoever is slowest makes room for whoever comes.

A connection that is being answered is left alone. Any other one waits for whoever is at its other end: to send a
request, the rest of one, or to read an answer. Nobody can hold the doors shut by waiting, then, however many they are.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that say whose it is: the rest of it, one subscriber may choose as they like."""
KEPT_FREE = 8
"""One of so many connections is kept free of pages, for probes and for what the chat platforms send."""


class Connection(Protocol):
    """One connection, as the doors see it: it can tell whose it is, and end."""

    address: str

    def make_room(self) -> None:
        """End: another one needs the room. It has been taken out already."""


@dataclass(slots=True)
class Doors:
    """How many may be in, and how long they may take. `trusted` are proxies, through which many people come at once."""

    connections: int = 400
    each: int = 50
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    trusted: tuple[str, ...] = ()
    inside: Counter[str] = field(default_factory=Counter)
    leaving: int = 0
    """How many were turned away, and may not have read that yet."""
    _waiting: dict[Connection, None] = field(default_factory=dict)
    """Whose other end is awaited, the longest first."""

    def enter(self, connection: Connection) -> int:
        """0 if this one may come in, if need be in another's stead; else the status that says why not."""
        place = place_of(connection.address)
        crowded = self.inside[place] >= self.each and not is_of(connection.address, self.trusted)
        if crowded and not self._make_room(place):
            return 429
        if self.inside.total() >= self.connections and not self._make_room():
            return 503
        self.inside[place] += 1
        return 0

    def leave(self, connection: Connection) -> None:
        """This one, which had come in, went."""
        self.go_on(connection)
        place = place_of(connection.address)
        self.inside[place] -= 1
        if self.inside[place] <= 0:
            del self.inside[place]

    def wait(self, connection: Connection) -> None:
        """From now on the other end of this one is awaited."""
        self.go_on(connection)
        self._waiting[connection] = None

    def go_on(self, connection: Connection) -> None:
        """The other end has done its part."""
        self._waiting.pop(connection, None)

    def is_crowded(self) -> bool:
        """Whether so many are being answered that what is left is for probes and the chat platforms."""
        return self.inside.total() - len(self._waiting) > self.connections - self.connections // KEPT_FREE

    def _make_room(self, place: str = "") -> bool:
        """End the connection that has waited the longest: of this place, or of that which has most of them."""
        every = [each for each in self._waiting if not place or place_of(each.address) == place]
        if not every:
            return False
        slowest = max(every, key=lambda each: self.inside[place_of(each.address)])
        self.leave(slowest)
        slowest.make_room()
        return True


@lru_cache(maxsize=4096)
def place_of(address: str) -> str:
    """What counts as one: an IPv4 address, or the network of an IPv6 address. Anything else is a place of its own."""
    try:
        host = ip_address(address)
    except ValueError:
        return address
    if not isinstance(host, IPv6Address):
        return address
    if host.ipv4_mapped is not None:
        return str(host.ipv4_mapped)
    return str(ip_network((int(host), NETWORK_OF_ONE), strict=False).network_address)


def is_of(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is one of these, or in one of these networks."""
    try:
        return any(ip_address(address) in ip_network(each) for each in networks)
    except ValueError:
        return False
