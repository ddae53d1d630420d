"""Ranges of IPv4 addresses as MetalLB takes them: ``first-last``, ``network/prefix``, one address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
DOTTED = rf"(?:{OCTET}\.){{3}}{OCTET}"
PREFIXED = f"{DOTTED}/(?:3[0-2]|[12]?[0-9])"


@dataclass(frozen=True)
class AddressRange:
    """All addresses from the first to the last.

    Args:
        text: as it was written.
    """

    first: IPv4Address
    last: IPv4Address
    text: str

    @classmethod
    def parse(cls, text: str) -> AddressRange:
        """Read ``192.168.20.95-192.168.20.98``, ``192.168.20.128/26`` or ``192.168.20.95``.

        Raises:
            ValueError: it is none of these, runs backwards, or a network's address is not its first.
        """
        first, dash, last = (part.strip() for part in text.partition("-"))
        try:
            if "/" in text:
                network = _network(text.strip())
                first, last = str(network[0]), str(network[-1])
            found = cls(IPv4Address(first), IPv4Address(last if dash or "/" in text else first), text)
        except ValueError:
            raise ValueError(f"not a range of addresses: {text!r}") from None
        if "/" in text and not text.strip().startswith(f"{first}/"):
            raise ValueError(f"{text} is within the network {network}: write {network}, or a range first-last")
        if found.last < found.first:
            raise ValueError(f"the range {text} runs backwards")
        return found

    def __contains__(self, address: object) -> bool:
        return isinstance(address, IPv4Address) and self.first <= address <= self.last

    def overlaps(self, other: AddressRange) -> bool:
        """Whether some address is in both."""
        return self.first <= other.last and other.first <= self.last

    def within(self, network: IPv4Network) -> bool:
        """Whether all its addresses are in a network."""
        return self.first in network and self.last in network

    def __str__(self) -> str:
        return self.text

    def for_metallb(self) -> str:
        """As MetalLB takes it (its ParseCIDR): an address alone is none there."""
        return self.text.strip() if "-" in self.text or "/" in self.text else f"{self.first}/32"


def _network(text: str) -> IPv4Network:
    """A network by its prefix; :class:`IPv4Network` takes masks too, and MetalLB does not."""
    if not re.fullmatch(PREFIXED, text):
        raise ValueError(text)
    return IPv4Network(text, strict=False)
