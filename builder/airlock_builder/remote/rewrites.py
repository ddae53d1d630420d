"""Where the images of a registry, or of a part of it, really are: registries.conf's prefix, location and mirrors.

Source: containers-registries.conf(5), "Choosing a [[registry]] TOML table", "Remapping and mirroring registries": the
longest match counts, mirrors are asked in their order, the location last; ``*.example.com`` is any host below it; what
is blocked is asked for nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from airlock_builder.remote.trust import NO_TRUST, Trust
from airlock_core.errors import InputError
from airlock_core.values import Value

_ANY = "*."


class Rewrite(Value):
    """One prefix.

    Args:
        prefix: ``host[:port][/path]``, as images are named, or ``*.host``.
        location: the same shape: what stands there in its place; empty for itself.
        mirrors: the same shape: what is asked before.
        trust: what these registries are believed by, and believe us by.
        blocked: nothing is taken from there.
    """

    prefix: str
    location: str = ""
    mirrors: tuple[str, ...] = ()
    trust: Trust = NO_TRUST
    blocked: bool = False

    def head(self, name: str) -> str:
        """The part of ``host/repository`` that the location stands for; empty where that is not below the prefix."""
        if self.prefix.startswith(_ANY):
            host = name.partition("/")[0]
            return host if host.partition(":")[0].endswith(self.prefix.removeprefix("*")) else ""
        return self.prefix if f"{name}/".startswith(f"{self.prefix}/") else ""


def rewrite_of(name: str, rewrites: Iterable[Rewrite]) -> Rewrite | None:
    """The one that matches most of ``host/repository``; of a name and a wildcard that match alike, the longer."""
    fitting = [(len(one.head(name)), len(one.prefix.removeprefix("*")), one) for one in rewrites if one.head(name)]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def refusal(name: str, one: Rewrite | None, *, where: str) -> InputError | None:
    """What is wrong with asking for ``host/repository`` where its prefix is blocked.

    Args:
        one: what :func:`rewrite_of` gives for it.
    """
    if one is None or not one.blocked:
        return None
    todo = "take it from another registry, or unblock a longer prefix"
    return InputError(f"{name} is blocked: nothing is taken from {one.prefix}", where=where, todo=todo)
