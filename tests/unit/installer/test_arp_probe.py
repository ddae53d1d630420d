"""Probes for an address, and who answers them, in frames of RFC 826."""

import importlib.util
import socket
import struct
from types import ModuleType

import pytest

from airlock_installer.steps.playbook import ansible_folder

ADDRESS = "192.168.21.100"
OURS, THEIRS = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x99"


@pytest.fixture(scope="module")
def arp() -> ModuleType:
    spec = importlib.util.spec_from_file_location("arp_probe", ansible_folder() / "library/arp_probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _said(operation: int, hardware: bytes, address: str) -> bytes:
    head = struct.pack("!6s6sHHHBBH", OURS, hardware, 0x0806, 1, 0x0800, 6, 4, operation)
    return head + hardware + socket.inet_aton(address) + OURS + bytes(4) + bytes(18)


def test_probe_is_a_broadcast_request_from_nobody(arp: ModuleType) -> None:
    sent = arp.frame(OURS, ADDRESS)
    assert sent[:14] == b"\xff" * 6 + OURS + b"\x08\x06"
    assert sent[14:] == bytes.fromhex("0001080006040001") + OURS + bytes(10) + socket.inet_aton(ADDRESS)


@pytest.mark.parametrize("operation", [1, 2])
def test_whoever_says_that_the_address_is_its_own_is_named(arp: ModuleType, operation: int) -> None:
    """Answers, and announcements too: RFC 5227, section 2.1.1."""
    assert arp.claimant(_said(operation, THEIRS, ADDRESS), ADDRESS) == "02:00:00:00:00:99"


@pytest.mark.parametrize("data", [b"", _said(2, THEIRS, "192.168.21.101"), _said(2, THEIRS, ADDRESS)[:30], bytes(60)])
def test_other_frames_name_nobody(arp: ModuleType, data: bytes) -> None:
    assert arp.claimant(data, ADDRESS) == ""


def test_another_probe_for_the_address_is_no_claim(arp: ModuleType) -> None:
    assert arp.claimant(arp.frame(THEIRS, ADDRESS), ADDRESS) == ""
