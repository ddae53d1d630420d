"""GRUB's configuration: text in, text out.

Source: GRUB manual, "Shell-like scripting"; Rocky 8 has ``linuxefi`` and ``initrdefi`` for UEFI, newer bases
``linux`` and ``initrd`` for both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from airlock_builder.master.menu import TIMEOUT, Entry, Menu, arguments, relabelled

_BLOCK = re.compile(r"^\s*(menuentry|submenu)\b")
_DEFAULT = re.compile(r"^\s*(set\s+)?default=.*$", re.MULTILINE)
_TIMEOUT = re.compile(r"^\s*(set\s+)?timeout=.*$", re.MULTILINE)
_TITLE = re.compile(r"""menuentry\s+(?:'[^']*'|"[^"]*"|\S+)\s*([^{]*)\{""")
_LINUX = re.compile(r"^\s*(linux(?:efi|16)?)\s+(\S+)[ \t]*(.*)$", re.MULTILINE)
_INITRD = re.compile(r"^\s*(initrd(?:efi|16)?)\s+(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Template:
    """How the base's own first entry boots."""

    options: str
    linux: str
    kernel: str
    arguments: str
    initrd: str


def is_grub(text: str) -> bool:
    """Whether a text is such a configuration: it has entries with kernels."""
    return _template(text) is not None


def rewrite(text: str, menu: Menu) -> str:
    """The configuration with our menu in place of the base's; modules, video and search stay as they are.

    Raises:
        ValueError: the text has no entry that boots a kernel (:func:`is_grub`).
    """
    template = _template(text)
    if template is None:
        raise ValueError("no GRUB configuration")
    rest = _without_blocks(text)
    for pattern, line in ((_TIMEOUT, f"set timeout={TIMEOUT}"), (_DEFAULT, 'set default="0"')):
        rest = f"{line}\n{pattern.sub('', rest).lstrip()}"
    rest = re.sub(r"\n{3,}", "\n\n", rest).rstrip()
    entries = [_entry(entry, template, menu) for entry in menu.entries]
    return relabelled("\n".join([rest, "", *entries]), menu)


def _template(text: str) -> _Template | None:
    found = [made for made in map(_read_entry, re.split(r"^(?=\s*menuentry\b)", text, flags=re.MULTILINE)) if made]
    plain = [one for one in found if "rd.live.check" not in one.arguments]
    return next(iter([*plain, *found]), None)


def _read_entry(block: str) -> _Template | None:
    title, linux, initrd = _TITLE.search(block), _LINUX.search(block), _INITRD.search(block)
    if not (title and linux and initrd):
        return None
    return _Template(title[1].strip(), linux[1], linux[2], linux[3].strip(), f"{initrd[1]} {initrd[2].strip()}")


def _without_blocks(text: str) -> str:
    kept: list[str] = []
    depth = 0
    for line in text.splitlines():
        if depth == 0 and not _BLOCK.match(line):
            kept.append(line)
            continue
        depth += line.count("{") - line.count("}")
    return "\n".join(kept)


def _entry(entry: Entry, template: _Template, menu: Menu) -> str:
    options = f" {template.options}" if template.options else ""
    title = entry.title.replace("'", "")
    return (
        f"menuentry '{title}'{options} {{\n"
        f"\t{template.linux} {template.kernel} {arguments(template.arguments, entry, menu)}\n"
        f"\t{template.initrd}\n"
        "}\n"
    )
