"""Kickstart templates rendered: shared parts put in, placeholders filled; every line knows its template.

The only placeholders are ``${airlock_<name>}``, so that the shell's own ``$`` in %pre and %post stays what it is, and
the only directive is a line ``#include part.ks``, relative to the file that it stands in.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.model import KickstartValue, Manifest
from airlock_builder.manifest.tree import Place
from airlock_core import media
from airlock_core.errors import AirlockError, InputError, raise_all

_PLACEHOLDER = re.compile(r"\$\{airlock_([^}\n]*)\}?")
_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
_INCLUDE = re.compile(r"#include\s+(\S+)\s*")


@dataclass(frozen=True)
class Rendered:
    """A kickstart as it stands on the medium.

    Args:
        text: the whole file.
        places: for each of its lines, the template and line that it came from.
        used: names of the values that were put in.
    """

    text: str
    places: tuple[Place, ...]
    used: frozenset[str] = frozenset()

    def place(self, line: int) -> str:
        """Where a line (counted from 1) was written."""
        inside = 0 < line <= len(self.places)
        return str(self.places[line - 1] if inside else self.places[-1]) if self.places else f"line {line}"


def render_all(manifest: Manifest) -> dict[str, Rendered]:
    """The manifest's kickstarts by their names ``deployer`` and ``node``; those that it has.

    Raises:
        InputError, Faults: parts that are missing, placeholders that nothing fills.
    """
    known = values(manifest)
    templates = {"deployer": manifest.kickstart.deployer, "node": manifest.kickstart.node}
    return {name: render(template, known) for name, template in templates.items() if template}


def values(manifest: Manifest) -> dict[str, str]:
    """What placeholders may name: the manifest's own values, and ``label``, ``name``, ``version`` of the medium,
    ``release`` and ``arch`` of the platform.

    Raises:
        InputError, Faults: a value of the manifest has the name of one of these, or holds a line feed.
    """
    metadata, platform = manifest.metadata, manifest.platform
    builtin = {
        "label": media.volume_label(metadata.name, metadata.version),
        "name": metadata.name,
        "version": metadata.version,
        "release": platform.release,
        "arch": platform.arch,
    }
    own = manifest.kickstart.values
    faults = [fault for name in own for fault in _value_faults(manifest, name, builtin)]
    raise_all(f"the kickstart's values have {len(faults)} faults", faults)
    return {**{name: _text(value) for name, value in own.items()}, **builtin}


def _value_faults(manifest: Manifest, name: str, builtin: Mapping[str, str]) -> Iterator[AirlockError]:
    where = manifest.place("kickstart", "values", name)
    if not _NAME.fullmatch(name):
        yield InputError(f"not a name for a value: {name!r}", where=where, todo="use a-z, 0-9 and _")
    if name in builtin:
        yield InputError(f"the value {name} is given by the release itself", where=where, todo="rename it")
    value = manifest.kickstart.values[name]
    if any("\n" in item or "\r" in item or "\0" in item for item in _items(value)):
        yield InputError("a value must be one line", where=where, todo="write a list: one item a line")


def _items(value: KickstartValue) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value).lower(),) if isinstance(value, bool) else (str(value),)


def _text(value: KickstartValue) -> str:
    return "\n".join(_items(value))


def render(template: Path, known: Mapping[str, str]) -> Rendered:
    """One template with its parts put in and its placeholders filled.

    Raises:
        InputError, Faults: parts that are missing or include themselves, placeholders that nothing fills, by line.
    """
    faults: list[AirlockError] = []
    lines: list[str] = []
    places: list[Place] = []
    used: set[str] = set()
    for place, line in _lines(template, (), faults):
        filled = _filled(line, place, known, used, faults)
        lines += filled
        places += [place] * len(filled)
    raise_all(f"{Place(template)} has {len(faults)} faults", faults)
    return Rendered("".join(f"{line}\n" for line in lines), tuple(places), frozenset(used))


def _lines(path: Path, above: tuple[Path, ...], faults: list[AirlockError]) -> Iterator[tuple[Place, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(InputError("cannot be read as a kickstart template", where=str(Place(path)), why=str(error)))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        place = Place(path, line=number)
        include = _INCLUDE.fullmatch(line)
        if not include:
            yield place, line
            continue
        part = path.parent / include[1]
        if part in (path, *above):
            faults.append(InputError(f"{include[1]} includes itself", where=str(place)))
        elif not part.is_file():
            todo = "it is looked for beside the file that includes it"
            faults.append(InputError(f"there is no such part: {include[1]}", where=str(place), todo=todo))
        else:
            yield from _lines(part, (*above, path), faults)


def _filled(line: str, place: Place, known: Mapping[str, str], used: set[str], faults: list[AirlockError]) -> list[str]:
    """The line with its placeholders filled: several lines for a list, none for an empty list alone on its line."""

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if not match[0].endswith("}") or name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            todo = f"did you mean ${{airlock_{near[0]}}}?" if near else "give it under kickstart.values"
            faults.append(InputError(f"nothing fills {match[0]}", where=str(place), todo=todo))
        used.add(name)
        return known.get(name, "")

    text = _PLACEHOLDER.sub(fill, line)
    return text.split("\n") if text or not line else []
