"""An index.yaml of some charts of many: those of interest are read, and of all others the names.

Large indexes have tens of thousands of versions, of which a release wants a few, and YAML is slow to read. An index in
block style, as Helm writes it, has each chart under a line of its own, two blanks deep; what stands deeper below it is
dropped, unread, for the charts that nobody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_ENTRIES = re.compile(rb"^entries:[ \t]*$", re.MULTILINE)
_CHART = re.compile(rb"\n  (?=[^ \-#\r\n])")
_TOP = re.compile(rb"\n(?=[^ \-#\r\n])")
"""Each begins with what is searched for quickly: the end of the line before."""
_NAME = re.compile(rb"\n  ([\"']?)([A-Za-z0-9._-]+)\1:[ \t]*(?=\n)")


def skimmed(index: bytes, wanted: Collection[str]) -> bytes:
    """The index without what it says of charts that nobody wants: a text of the same charts, most of them empty.

    Where it is not written as Helm writes it, whole.
    """
    head = _ENTRIES.search(index)
    if head is None:
        return index
    top = _TOP.search(index, head.end())
    end = top.start() if top else len(index)
    starts = [match.start() for match in _CHART.finditer(index, head.end(), end)]
    kept = [index[: starts[0] if starts else end]]
    for start, following in zip(starts, [*starts[1:], end], strict=False):
        name = _NAME.match(index, start, following)
        is_dropped = name is not None and name[2].decode() not in wanted
        kept.append(index[start : name.end() if name and is_dropped else following])
    return b"".join([*kept, index[end:]])
