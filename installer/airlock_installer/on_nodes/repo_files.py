"""Files of dnf's repos. Source of how dnf reads them: dnf.conf(5), "enabled"; libdnf's IniParser and OptionBool.

What begins a line counts, and what is indented goes on with the line before. A repo of which nothing is said is on.
"""

import re

_ON = re.compile(rb"^enabled[ \t]*=[ \t]*(?i:1|true|yes|on)(?=[ \t]*\r?$)", re.MULTILINE)
"""The line by which dnf uses a repo."""
_UNSAID = re.compile(
    rb"^(\[(?!main\])[^\]\n]+\][^\r\n]*(\r?\n))(?!(?:(?!\[)[^\n]*\n)*enabled[ \t]*=)",
    re.MULTILINE,
)
"""The line with the name of a repo none of whose lines says whether it is used."""


def switched_off(text: bytes) -> bytes:
    """A file of repos with all of them off, and else as it was."""
    return _UNSAID.sub(rb"\1enabled=0\2", _ON.sub(b"enabled=0", text))
