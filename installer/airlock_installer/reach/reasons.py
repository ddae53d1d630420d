"""Why a node was not reached, in words, and what to do: what ssh and sshpass say, read (ssh(1), sshpass(1))."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airlock_installer.reach.login import CONNECT_SECONDS, Login


@dataclass(frozen=True)
class Reason:
    """Why, and what to do next.

    Args:
        not_let_in: whether the node is there and does not take what it was shown.
    """

    why: str
    todo: str
    not_let_in: bool = False


def of(login: Login, said: str, *, tried: str) -> Reason:
    """What a failed login means.

    Args:
        said: what ssh printed.
        tried: what was shown to the node: ``the key``, ``the password``; empty where there was nothing to show.
    """
    for words, meaning in _MEANINGS:
        if any(word in said for word in words):
            return meaning(login, tried)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return Reason(lines[-1] if lines else "ssh ended without a word", f"try it: ssh {login.target}")


def _no_name(login: Login, tried: str) -> Reason:
    return Reason(f"no machine is called {login.address}", f"write {login.node} ip=ADDRESS in hosts")


def _refused(login: Login, tried: str) -> Reason:
    todo = f"is the address right? On {login.node}: systemctl status sshd"
    return Reason(f"{_where(login)} refuses: no sshd there", todo)


def _silent(login: Login, tried: str) -> Reason:
    todo = f"is {login.node} on, its cable in, its address {login.address}? Does a firewall stand between?"
    return Reason(f"{_where(login)} does not answer within {CONNECT_SECONDS} s", todo)


def _no_route(login: Login, tried: str) -> Reason:
    todo = f"is {login.node} on and in the network? See `ip route get {login.address}`"
    return Reason(f"there is no way to {login.address}", todo)


def _other_key(login: Login, tried: str) -> Reason:
    name = login.address if login.port == 22 else f"'[{login.address}]:{login.port}'"
    todo = f"only if {login.node} was installed anew: sudo ssh-keygen -R {name}"
    return Reason("it shows another host key than before: installed anew, or another machine", todo)


def _not_let_in(login: Login, tried: str) -> Reason:
    by_hand = f"ssh-copy-id -i {login.key} {login.target}"
    todo = f"type the password anew (`airlock-site vault ssh`), or bring the key there: {by_hand}"
    why = (
        f"{login.user} is not let in with {tried}"
        if tried
        else f"there is no key {login.key}, and nothing else lets us in"
    )
    return Reason(why, todo, not_let_in=True)


def _cut(login: Login, tried: str) -> Reason:
    return Reason(f"{_where(login)} cuts the connection", f"on {login.node}: journalctl -u sshd")


def _where(login: Login) -> str:
    return f"{login.address} port {login.port}"


_MEANINGS: tuple[tuple[tuple[str, ...], Callable[[Login, str], Reason]], ...] = (
    (("Could not resolve hostname",), _no_name),
    (("Connection refused",), _refused),
    (("timed out", "did not end within"), _silent),
    (("No route to host", "Network is unreachable"), _no_route),
    (("REMOTE HOST IDENTIFICATION HAS CHANGED",), _other_key),
    (("Permission denied",), _not_let_in),
    (("Connection reset", "Connection closed", "kex_exchange_identification"), _cut),
)
