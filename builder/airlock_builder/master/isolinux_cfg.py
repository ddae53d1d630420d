"""isolinux's configuration: text in, text out.

Source: syslinux.txt and menu.txt of SYSLINUX: keywords in any case, times in tenths of a second.
"""

from __future__ import annotations

import re

from airlock_builder.master.menu import TIMEOUT, Entry, Menu, arguments, relabelled

_LABEL = re.compile(r"^\s*label\s", re.IGNORECASE)
_REPLACED = re.compile(r"^\s*(timeout|totaltimeout|ontimeout|default|prompt|menu\s+(title|separator|begin))\b", re.I)
_MENU_PROGRAM = re.compile(r"^\s*(?:default|ui)\s+(\S+\.c32.*)$", re.IGNORECASE | re.MULTILINE)


def is_isolinux(text: str) -> bool:
    """Whether a text is such a configuration: it has labels with kernels."""
    return _template(text) is not None


def rewrite(text: str, menu: Menu) -> str:
    """The configuration with our menu in place of the base's; colours and helpers stay as they are.

    Raises:
        ValueError: the text has no entry that boots a kernel (:func:`is_isolinux`).
    """
    template = _template(text)
    if template is None:
        raise ValueError("no isolinux configuration")
    head = [line for line in _head(text) if line.strip() and not _REPLACED.match(line)]
    program = _MENU_PROGRAM.search(text)
    settings = [
        f"default {program[1].strip()}" if program else "default entry0",
        *([] if program else ["prompt 1"]),
        f"timeout {TIMEOUT * 10}",
        f"menu title {menu.title}",
    ]
    entries = [line for number, entry in enumerate(menu.entries) for line in _entry(number, entry, template, menu)]
    return relabelled("\n".join([*settings, *head, *entries]).rstrip() + "\n", menu)


def _head(text: str) -> list[str]:
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if _LABEL.match(line)), len(lines))
    return lines[:first]


def _template(text: str) -> tuple[str, str] | None:
    """Kernel and arguments of the base's first entry, one that does not check the medium where there is such."""
    found = []
    for block in re.split(r"^[ \t]*label[ \t].*$", text, flags=re.IGNORECASE | re.MULTILINE)[1:]:
        kernel = re.search(r"^[ \t]*(?:kernel|linux)[ \t]+(\S+)", block, re.IGNORECASE | re.MULTILINE)
        append = re.search(r"^[ \t]*append[ \t]+(.*)$", block, re.IGNORECASE | re.MULTILINE)
        if kernel and append:
            found.append((kernel[1], append[1].strip()))
    plain = [pair for pair in found if "rd.live.check" not in pair[1]]
    return next(iter([*plain, *found]), None)


def _entry(number: int, entry: Entry, template: tuple[str, str], menu: Menu) -> list[str]:
    kernel, append = template
    return [
        "",
        f"label entry{number}",
        f"  menu label {entry.title}",
        *(["  menu default"] if number == 0 else []),
        f"  kernel {kernel}",
        f"  append {arguments(append, entry, menu)}",
    ]
