#!/usr/bin/python
"""Ask a network who has an address, before it is taken and after: ARP probes, and who answers them.

It runs on the nodes, under Python 3.6 there. Source of the frames: RFC 826; of probing: RFC 5227, section 2.1.1.
"""

import select
import socket
import struct
import time

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: arp_probe
short_description: Who answers for IPv4 addresses on a network
description: Sends ARP probes, which change no neighbour cache, and tells the hardware addresses of all that answer.
options:
  addresses:
    description: The addresses, each with the interface on which it is asked for.
    type: list
    elements: dict
    required: true
    suboptions:
      address: {description: An IPv4 address., type: str, required: true}
      interface: {description: An interface of this machine., type: str, required: true}
  seconds:
    description: How long answers are waited for; all addresses are asked for at once.
    type: float
    default: 1.5
author: airlock
"""
RETURN = """
answers:
  description: Hardware addresses of the machines that answered, by IPv4 address; never this one's.
  returned: always
  type: dict
own:
  description: Hardware addresses of this machine's interfaces.
  returned: always
  type: list
"""

PROBES = 3
ETHERTYPE_ARP = 0x0806
ETHERNET = struct.Struct("!6s6sH")
ARP = struct.Struct("!HHBBH6s4s6s4s")
ETHERNET_IPV4 = (1, 0x0800, 6, 4)
REQUEST = 1
ANYBODY = b"\xff" * 6
NOBODY = b"\x00" * 6
NO_ADDRESS = b"\x00" * 4


def frame(own: bytes, address: str) -> bytes:
    """A probe for an address: a request from nobody, so that no machine takes it for ours."""
    asked = ARP.pack(*ETHERNET_IPV4, REQUEST, own, NO_ADDRESS, NOBODY, socket.inet_aton(address))
    return ETHERNET.pack(ANYBODY, own, ETHERTYPE_ARP) + asked


def claimant(data: bytes, address: str) -> str:
    """The hardware address of who says in a frame that it has the address; empty where nobody does."""
    if len(data) < ETHERNET.size + ARP.size or ETHERNET.unpack_from(data)[2] != ETHERTYPE_ARP:
        return ""
    fields = ARP.unpack_from(data, ETHERNET.size)
    if fields[:4] != ETHERNET_IPV4 or fields[6] != socket.inet_aton(address):
        return ""
    return ":".join(f"{each:02x}" for each in fields[5])


def probe(asked: "list[tuple[str, str]]", seconds: float) -> "dict[str, set[str]]":
    """All who answer for addresses, each asked for on its interface, within some seconds: all are asked at once."""
    wires = {}  # type: dict[socket.socket, str]
    try:
        for address, interface in asked:
            wires[opened(interface)] = address
        found = {address: set() for address, _ in asked}  # type: dict[str, set[str]]
        for _ in range(PROBES):
            for wire, address in wires.items():
                wire.send(frame(wire.getsockname()[4], address))
            listen(wires, found, time.monotonic() + seconds / PROBES)
    finally:
        for wire in wires:
            wire.close()
    return {address: claimants - {""} for address, claimants in found.items()}


def opened(interface: str) -> socket.socket:
    """A socket for ARP on an interface."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE_ARP))
    try:
        wire.bind((interface, ETHERTYPE_ARP))
    except OSError as error:
        wire.close()
        raise OSError(error.errno, f"{error.strerror} ({interface})") from error
    return wire


def listen(wires: "dict[socket.socket, str]", found: "dict[str, set[str]]", until: float) -> None:
    """Take what comes until a time of the monotonic clock."""
    while True:
        ready = select.select(list(wires), [], [], max(0, until - time.monotonic()))[0]
        if not ready:
            return
        for wire in ready:
            data, sender = wire.recvfrom(65535)
            if sender[2] != socket.PACKET_OUTGOING:
                found[wires[wire]].add(claimant(data, wires[wire]))


def hardware() -> "set[str]":
    """Hardware addresses of this machine's interfaces."""
    found = set()
    for _, interface in socket.if_nameindex():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as wire:
            wire.bind((interface, 0))
            found.add(":".join(f"{each:02x}" for each in wire.getsockname()[4]))
    return found - {"", "00:00:00:00:00:00"}


def main() -> None:
    """The module."""
    pair = {"address": {"type": "str", "required": True}, "interface": {"type": "str", "required": True}}
    module = AnsibleModule(
        argument_spec={
            "addresses": {"type": "list", "elements": "dict", "required": True, "options": pair},
            "seconds": {"type": "float", "default": 1.5},
        },
        supports_check_mode=True,
    )
    asked = [(each["address"], each["interface"]) for each in module.params["addresses"]]
    try:
        heard = probe(asked, module.params["seconds"])
    except OSError as error:
        module.fail_json(msg=f"the networks cannot be asked for {', '.join(address for address, _ in asked)}: {error}")
    own = hardware()
    answers = {address: sorted(found - own) for address, found in heard.items()}
    module.exit_json(changed=False, answers=answers, own=sorted(own))


if __name__ == "__main__":
    main()
