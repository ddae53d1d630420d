"""What a kickstart installs, as Anaconda reads its %packages and its ``module`` commands.

Source: Anaconda for EL 8 and 9, ``get_installation_specs`` and ``get_kernel_package`` (payload/dnf/utils.py),
``_process_module_command`` (payload/dnf): @core comes in unless --nocore says otherwise, and the kernel where there is
one; ``-name`` leaves a package out of the whole installation, ``-@group`` a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pykickstart.constants import GROUP_ALL, GROUP_REQUIRED, KS_MISSING_IGNORE

from airlock_builder.manifest.kickstart import Rendered
from airlock_builder.manifest.kspackages import Item, KickstartPackages
from airlock_core.errors import InputError

_TYPES = {GROUP_REQUIRED: "/mandatory,conditional", GROUP_ALL: "/mandatory,default,optional,conditional"}


def packages_of(name: str, handler: Any, rendered: Rendered) -> KickstartPackages:
    """What a kickstart installs.

    Args:
        handler: pykickstart's, after reading.
        rendered: the same kickstart's text, to find lines.

    Raises:
        InputError: it leaves the choice of an environment to the installer.
    """
    section = handler.packages
    if section.default:
        where = _place(rendered, "%packages")
        todo = "name an environment: @^minimal-environment, say"
        raise InputError("%packages --default leaves the choice to the installer", where=where, todo=todo)
    lenient = section.handleMissing == KS_MISSING_IGNORE
    modules = list(handler.module.dataList()) if hasattr(handler, "module") else []
    return KickstartPackages(
        name=name,
        requests=tuple(_requests(section, rendered, lenient)) if section.seen else (),
        without=tuple(_without(section, rendered)),
        enable=tuple(_module(one, rendered) for one in modules if one.enable),
        disable=tuple(_module(one, rendered) for one in modules if not one.enable),
        every_arch=bool(section.multiLib),
    )


def _requests(section: Any, rendered: Rendered, lenient: bool) -> Iterator[Item]:
    begin = _place(rendered, "%packages")
    if section.environment:
        text = f"@^{section.environment}"
        yield Item(text, _place(rendered, text), lenient)
    named = {group.name for group in section.groupList}
    if not section.nocore and "core" not in named:
        yield Item("@core", f"{begin} (no --nocore)", lenient)
    for group in section.groupList:
        place = _place(rendered, f"@{group.name}")
        yield Item(f"@{group.name}{_TYPES.get(group.include, '')}", place, lenient)
    for text in section.packageList:
        yield Item(text, _place(rendered, text), lenient)
    if "kernel" not in (*section.excludedList, *section.packageList):
        yield Item("kernel", f"{begin} (Anaconda adds it)", optional=True)


def _without(section: Any, rendered: Rendered) -> Iterator[Item]:
    for text in (*(f"@{group.name}" for group in section.excludedGroupList), *section.excludedList):
        yield Item(text, _place(rendered, f"-{text}"))
    if section.nocore:
        yield Item("@core", f"{_place(rendered, '%packages')} (--nocore)")


def _module(module: Any, rendered: Rendered) -> Item:
    text = f"{module.name}:{module.stream}" if module.stream else str(module.name)
    return Item(text, rendered.place(module.lineno))


def _place(rendered: Rendered, text: str) -> str:
    """Where a text begins a line; where it does not, the whole kickstart."""
    lines = rendered.text.splitlines()
    found = next((number for number, line in enumerate(lines, start=1) if line.split()[:1] == [text]), 0)
    return rendered.place(found or 1)
