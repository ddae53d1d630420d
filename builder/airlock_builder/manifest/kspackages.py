"""What a kickstart installs, as one value."""

from __future__ import annotations

from airlock_core.values import Value


class Item(Value):
    """One line of a kickstart.

    Args:
        where: file and line.
        optional: that nothing fits it is no fault.
    """

    text: str
    where: str
    optional: bool = False


class KickstartPackages(Value):
    """What one kickstart installs.

    Args:
        name: of the kickstart.
        requests: ``@^environment``, ``@group``, ``@group/TYPES``, ``@module:stream/profile``, and packages.
        without: what it leaves out: names, globs on names and ``@group``.
        enable, disable: module streams, as its ``module`` commands say.
        every_arch: packages of all architectures that fit the platform (--multilib).
    """

    name: str
    requests: tuple[Item, ...] = ()
    without: tuple[Item, ...] = ()
    enable: tuple[Item, ...] = ()
    disable: tuple[Item, ...] = ()
    every_arch: bool = False
