"""The boot menu that every boot loader of the medium shows, as values; loaders' files are made from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

from airlock_core import media

TIMEOUT = 5
"""Seconds until the first entry boots."""

_CONSOLES = ("console=tty0", "console=ttyS0,115200")
_OURS = ("inst.stage2=", "inst.ks=", "inst.repo=", "console=", "rd.live.check", "inst.rescue", "inst.text")


@dataclass(frozen=True)
class Entry:
    """One entry: its title, and what it adds to the kernel's arguments."""

    title: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Menu:
    """All entries, the first the default.

    Args:
        title: the release, for people.
        old_label: the base ISO's volume label.
        label: the medium's.
        entries: at least one.
    """

    title: str
    old_label: str
    label: str
    entries: tuple[Entry, ...]


def menu(title: str, old_label: str, label: str, paths: Collection[PurePosixPath]) -> Menu:
    """The menu of a medium.

    Args:
        paths: what stands on the medium: an entry is there for each kickstart that is.
    """
    kickstarts = [
        Entry(f"Install {title}: {what}", (f"inst.ks=hd:LABEL={label}:/{path}",))
        for path, what in ((media.DEPLOYER_KS, "deployer, the first node"), (media.NODE_KS, "any other node"))
        if path in paths
    ]
    by_hand = [] if kickstarts else [Entry(f"Install {title} by hand", ())]
    return Menu(title, old_label, label, (*kickstarts, *by_hand, Entry("Rescue a system", ("inst.rescue",))))


def relabelled(text: str, menu: Menu) -> str:
    """A text with every occurrence of the old label replaced; a blank in it is written ``\\x20`` in such files."""
    for old in (menu.old_label, menu.old_label.replace(" ", r"\x20")):
        text = text.replace(old, menu.label) if old else text
    return text


def arguments(template: str, entry: Entry, menu: Menu) -> str:
    """The kernel's arguments of an entry: the base's own, then where stage 2 and kickstart are, then consoles.

    Args:
        template: the arguments of one of the base's entries.
    """
    kept = [word for word in template.split() if not word.startswith(_OURS)]
    words = [word for word in kept if word != "quiet"]
    last = ["quiet"] if "quiet" in kept else []
    return " ".join([*words, f"inst.stage2=hd:LABEL={menu.label}", *entry.arguments, *_CONSOLES, *last])
