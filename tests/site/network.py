"""Networks of a site: bridges in a namespace of the test's own, and a namespace for each machine on them.

Nothing of it is in the host's own network. It ends with its context, and with it every cable.
"""

import itertools
import os
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Networks:
    """The networks of one site, by the interfaces that machines have on them.

    Args:
        prefix: begins the names of all its namespaces.
        subnets: the first three numbers of the addresses, by interface; empty where machines have none.
        cables: the switch's ends of a machine's cables.
    """

    prefix: str
    subnets: dict[str, str]
    spaces: list[str] = field(default_factory=list)
    cables: dict[str, list[str]] = field(default_factory=dict)

    def machine(self, name: str, number: int, interfaces: Collection[str] = ()) -> Path:
        """Add a machine with an address on each network, or on some of them; its namespace."""
        space = self._space(name)
        ip(space, "link", "set", "lo", "up")
        for interface, subnet in self.subnets.items():
            if interface in (interfaces or self.subnets):
                self._lay_cable(name, interface, number)
                if subnet:
                    ip(space, "address", "add", f"{subnet}.{number}/24", "dev", interface)
        return self.namespace(name)

    def namespace(self, name: str) -> Path:
        """The network namespace of a machine."""
        return Path("/run/netns") / f"{self.prefix}-{name}"

    def unplug(self, name: str) -> None:
        """Pull all cables of a machine."""
        for cable in self.cables[name]:
            ip(self._switch, "link", "set", cable, "down")

    def plug(self, name: str) -> None:
        """Put them in again."""
        for cable in self.cables[name]:
            ip(self._switch, "link", "set", cable, "up")

    def hardware(self, name: str, interface: str) -> str:
        """The hardware address of a machine's interface."""
        words = ["cat", f"/sys/class/net/{interface}/address"]
        return output(["ip", "netns", "exec", f"{self.prefix}-{name}", *words]).strip()

    def take(self, name: str, address: str, interface: str) -> None:
        """Let a machine have one more address."""
        ip(f"{self.prefix}-{name}", "address", "add", f"{address}/24", "dev", interface)

    def give_back(self, name: str, address: str, interface: str) -> None:
        """Take the address away again."""
        ip(f"{self.prefix}-{name}", "address", "del", f"{address}/24", "dev", interface)

    @property
    def _switch(self) -> str:
        return f"{self.prefix}-switch"

    def _lay_cable(self, name: str, interface: str, number: int) -> None:
        space, cable = f"{self.prefix}-{name}", f"{interface}-{number}"
        ip(space, "link", "add", interface, "type", "veth", "peer", "name", cable, "netns", self._switch)
        ip(self._switch, "link", "set", cable, "master", f"br-{interface}", "up")
        ip(space, "link", "set", interface, "up")
        self.cables.setdefault(name, []).append(cable)

    def _space(self, name: str) -> str:
        space = f"{self.prefix}-{name}"
        output(["ip", "netns", "add", space])
        self.spaces.append(space)
        return space

    def lay(self) -> None:
        """Make the bridges."""
        self._space("switch")
        for interface in self.subnets:
            ip(self._switch, "link", "add", f"br-{interface}", "type", "bridge", "forward_delay", "0")
            ip(self._switch, "link", "set", f"br-{interface}", "up")


_NUMBERS = itertools.count(1)
"""Several sites may be there at once."""


@contextmanager
def networks(subnets: dict[str, str]) -> Iterator[Networks]:
    """Networks for the length of the block."""
    made = Networks(f"site{os.getpid()}.{next(_NUMBERS)}", subnets)
    try:
        made.lay()
        yield made
    finally:
        for space in made.spaces:
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)


def ip(space: str, *words: str) -> None:
    """Run ip(8) in a namespace."""
    output(["ip", "-n", space, *words])


def output(words: list[str]) -> str:
    """What a command prints; fails with all that it said."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout
