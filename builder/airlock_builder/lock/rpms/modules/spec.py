"""What people write for a module: ``name:stream:version:context:arch/profile``, most of it left out, any of it a glob.

Source: libdnf's ``NSVCAP`` forms, from the fullest to the barest (nsvcap.cpp, hy-subject.cpp); the first form that some
stream fits is what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

from airlock_builder.lock.rpms.modules.modulemd import Stream
from airlock_core.values import Value

_WORD = r"[\]\[*?!A-Za-z0-9+._-]+"
_PARTS = {
    "N": rf"(?P<name>{_WORD})",
    "S": rf":(?P<stream>{_WORD})",
    "V": r":(?P<version>[\]\[*?!0-9-]+)",
    "C": rf":(?P<context>{_WORD})",
    "A": rf"::(?P<arch>{_WORD})",
    "P": rf"/(?P<profile>{_WORD})",
}
_FORMS = ("NSVCAP", "NSVCA", "NSVAP", "NSVA", "NSAP", "NSA", "NSVCP", "NSVP", "NSVC", "NSV", "NSP", "NS")
_BARE = ("NAP", "NA", "NP", "N")


class ModuleSpec(Value):
    """One reading of a text; what it leaves open is empty."""

    name: str
    stream: str = ""
    version: str = ""
    context: str = ""
    arch: str = ""
    profile: str = ""

    def fits(self, stream: Stream) -> bool:
        """Whether it means this stream."""
        pairs = (
            (self.name, stream.name),
            (self.stream, stream.stream),
            (self.version, str(stream.version)),
            (self.context, stream.context),
            (self.arch, stream.arch or "noarch"),
        )
        return all(not pattern or fnmatchcase(value, pattern) for pattern, value in pairs)


def find(text: str, streams: Iterable[Stream]) -> tuple[ModuleSpec, list[Stream]] | None:
    """The streams that a text means, with the reading that they fit; None where no module is meant.

    Args:
        text: without the ``@`` before it.
    """
    known = list(streams)
    for expression in _expressions():
        match = expression.fullmatch(text)
        spec = ModuleSpec(**match.groupdict()) if match else None
        found = [stream for stream in known if spec.fits(stream)] if spec else []
        if spec and found:
            return spec, found
    return None


def fitting(profile: str, profiles: Iterable[str]) -> tuple[str, ...]:
    """The profiles that a spec's profile means, which may be a glob."""
    return tuple(sorted(one for one in profiles if fnmatchcase(one, profile)))


def looks_like_module(text: str) -> bool:
    """Whether only a module can be meant: groups have no colon in their ids."""
    return ":" in text and any(expression.fullmatch(text) for expression in _expressions())


@cache
def _expressions() -> list[re.Pattern[str]]:
    return [_expression(form) for form in (*_FORMS, *_BARE)]


def _expression(form: str) -> re.Pattern[str]:
    parts = [_PARTS[part] for part in form]
    if "C" in form and "A" in form:
        parts[form.index("A")] = parts[form.index("A")].replace("::", "::?")
    return re.compile("".join(parts) + ("" if "P" in form else "/?"))
