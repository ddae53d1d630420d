"""Reaching nodes: the way to each, what a node says, and what a failure means."""

from pathlib import Path

import pytest

from airlock_installer.reach import login, nodes, ping, probe, reasons
from airlock_installer.reach.login import Login
from airlock_installer.reach.nodes import Passwords, Reached
from airlock_installer.reach.probe import Answer
from airlock_installer.site.inventory import Inventory

NODE = Login("control2", "192.168.21.102", "clex", 22, Path("/home/clex/.ssh/id_ed25519"))


def test_the_inventory_s_own_words_win() -> None:
    said = {"ip": "10.0.0.1", "ansible_host": "far", "ansible_user": "me", "ansible_port": "2222"}
    found = login.logins(Inventory({"a": said, "b": {"ip": "10.0.0.2"}}), "clex", Path("/k"))
    assert [(one.address, one.user, one.port) for one in found] == [("far", "me", 2222), ("10.0.0.2", "clex", 22)]


def test_no_password_is_in_the_command() -> None:
    assert "-d7" in login.by_password(NODE, "true", 7)
    assert "BatchMode=yes" in login.by_key(NODE, "true")


def test_this_machine_answers_the_probe_as_it_is() -> None:
    here = Login("here", "127.0.0.1", "root", 22, Path("/nowhere"), is_local=True)
    (found,) = nodes.ask([here], Passwords())
    assert found.answer is not None
    assert found.answer.python
    assert "/" in found.answer.disks
    assert abs(found.offset) < 60


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("ssh: Could not resolve hostname x: Name or service not known", "no machine is called"),
        ("ssh: connect to host 10.0.0.1 port 22: Connection refused", "no sshd there"),
        ("ssh: connect to host 10.0.0.1 port 22: Connection timed out", "does not answer within"),
        ("ssh did not end within 60 s", "does not answer within"),
        ("ssh: connect to host 10.0.0.1 port 22: No route to host", "there is no way to"),
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.", "another host key"),
        ("clex@10.0.0.1: Permission denied (publickey,password).", "clex is not let in with the key"),
        ("kex_exchange_identification: read: Connection reset by peer", "cuts the connection"),
        ("something else", "something else"),
        ("", "ended without a word"),
    ],
)
def test_failure_is_told_in_words_with_what_to_do(said: str, why: str) -> None:
    reason = reasons.of(NODE, said, tried="the key")
    assert why in reason.why
    assert reason.todo


def test_login_that_prints_something_else_is_no_answer() -> None:
    assert probe.read("This account is currently not available.\n") is None
    assert probe.read("time=x\nuser=a\nname=b\nsudo=free\n") is None


def test_answer_is_read_with_addresses_units_and_disks() -> None:
    text = (
        "Welcome!\ntime=1700000000.5\nuser=clex\nname=control2\npython=/usr/bin/python3 3.6.8\nsudo=free\n"
        "address=eth1 192.168.21.102/24\naddress=eth1 192.168.21.100/32\nunit=keepalived active\ndisk=100 50 /var\n"
    )
    found = probe.read(text)
    assert found is not None
    assert (found.addresses, found.units) == (
        {"eth1": ("192.168.21.102", "192.168.21.100")},
        {"keepalived": "active"},
    )
    assert found.disks == {"/var": (102400, 51200)}


def _reached(answer: Answer) -> Reached:
    return Reached(NODE, "the key", answer, None, 100.0, 101.0)


@pytest.mark.parametrize(("time", "offset"), [(100.5, 0.0), (104.0, 3.0), (90.0, -10.0)])
def test_clock_is_off_by_what_the_time_of_asking_cannot_explain(time: float, offset: float) -> None:
    assert _reached(Answer(time=time)).offset == offset


GOOD = Answer(100.5, "clex", "control2", "/usr/bin/python3 3.6.8", "free")


def test_node_that_the_steps_can_work_on_has_no_fault() -> None:
    assert ping.faults([_reached(GOOD)]) == []
    assert ping.warnings([_reached(GOOD)]) == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(100.5, "clex", "n", "", "free"), "there is no Python 3.6"),
        (Answer(100.5, "clex", "n", "p 3.6.8", "no clex is not in the sudoers file."), "clex may not use sudo"),
    ],
)
def test_what_the_steps_would_stumble_over_is_named(answer: Answer, told: str) -> None:
    (fault,) = ping.faults([_reached(answer)])
    assert told in fault.what
    assert fault.where == "control2"
    assert fault.todo


def test_clock_that_is_far_off_is_a_warning() -> None:
    (told,) = ping.warnings([_reached(Answer(4000.0, "clex", "n", "p 3.6.8", "free"))])
    assert "control2: its clock is +3899 s from ours" in told


def test_deployer_without_a_key_is_told_so() -> None:
    assert "there is no key /home/clex" in reasons.of(NODE, "Permission denied (publickey).", tried="").why
