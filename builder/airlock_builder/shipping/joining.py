"""The parts of an ISO made one file, in place: each is appended to the first and then gone.

So no more is needed beside the ISO than its largest part, and a run that was cut anywhere is gone on with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from airlock_builder.shipping.artifact import Whole
from airlock_core import atomic
from airlock_core.digest import CHUNK, Digest
from airlock_core.errors import VerificationError

OnBytes = Callable[[int], None]


def joined_parts(whole: Whole, target: Path) -> int:
    """How many of the parts an earlier run has appended already."""
    size = target.stat().st_size if target.is_file() else 0
    end = count = 0
    for layer in whole.layers:
        end += layer.size
        if end > size:
            break
        count += 1
    return count


def join(whole: Whole, parts: Sequence[Path], target: Path, on_bytes: OnBytes = lambda count: None) -> None:
    """Make ``target`` of the parts, which are verified, and verify the whole.

    Args:
        parts: a file for each layer; those that are in ``target`` already may be gone.
        on_bytes: told how many bytes each step took.

    Raises:
        VerificationError: it is not of its digest; ``target`` is gone then.
    """
    if not joined_parts(whole, target):
        parts[0].replace(target)
    count = joined_parts(whole, target)
    state = hashlib.sha256()
    with atomic.disk_errors(target), target.open("r+b") as file:
        file.truncate(sum(layer.size for layer in whole.layers[:count]))
        while piece := file.read(CHUNK):
            state.update(piece)
            on_bytes(len(piece))
        for part in parts[count:]:
            with part.open("rb") as source:
                while piece := source.read(CHUNK):
                    state.update(piece)
                    file.write(piece)
                    on_bytes(len(piece))
            file.flush()
            atomic.sync(file.fileno())
            part.unlink()
    for part in parts[:count]:  # appended by a run that was cut before it took them away
        part.unlink(missing_ok=True)
    found = Digest("sha256", state.hexdigest())
    if found != whole.digest:
        target.unlink()
        why = f"expected {whole.digest}, found {found}"
        raise VerificationError("its parts are not the ISO", where=whole.title, why=why, todo="have it pushed anew")
