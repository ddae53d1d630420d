"""What hostile repositories serve, each with the words that airlock must have for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.integration.hostile import repository as repo
from tests.integration.hostile.repository import VICTIM, Part
from tests.standin.upstream.faults import Faults

REPOMD, PRIMARY, FILELISTS = "repodata/repomd.xml", "repodata/primary.bin", "repodata/filelists.bin"
COMPS, MODULES = "repodata/group.bin", "repodata/modules.bin"
UPDATEINFO = "repodata/updateinfo.bin"


@dataclass(frozen=True)
class Case:
    """One repository and what becomes of it.

    Args:
        name: what is hostile in it.
        make: writes it into a folder.
        said: words of the reason.
        at: the end of the URL that is named.
        status: the exit code; 0 where it is odd and no more: then the victim is found all the same.
        asks: the requests; what they need decides which metadata is read.
        fault: what the server does besides, below the path given.
        source: the manifest's key that names the repository; where it is a list, that is its file ``list``.
        advisories: the medium is to carry them, so that ``lock`` itself is run: it reads updateinfo.xml then.
    """

    name: str
    make: Callable[[Path], None]
    said: str
    at: str
    status: int = 4
    asks: Sequence[str] = (VICTIM,)
    fault: Callable[[Faults, str], None] | None = None
    source: str = "baseurl"
    advisories: bool = False


def case(
    name: str,
    said: str,
    at: str,
    *parts: Part,
    status: int = 4,
    asks: Sequence[str] = (),
    fault: Callable[[Faults, str], None] | None = None,
    **how: object,
) -> Case:
    """A case whose repository is written of parts, with a repomd.xml that is ``how``.

    Where nothing else is asked for it is the victim, and its group where comps.xml is to be read.
    """
    asks = asks or ((VICTIM, "@core") if at == COMPS else (VICTIM,))

    def make(folder: Path) -> None:
        repo.write(folder, *parts, **how)  # type: ignore[arg-type]

    return Case(name, make, said, at, status, asks, fault, advisories=at == UPDATEINFO)


def harmless(
    name: str,
    *parts: Part,
    asks: Sequence[str] = (),
    fault: Callable[[Faults, str], None] | None = None,
    **how: object,
) -> Case:
    """A case that is odd and does no harm."""
    return case(name, "", "", *parts, status=0, asks=asks, fault=fault, **how)
