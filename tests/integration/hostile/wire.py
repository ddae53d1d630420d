"""Bodies that are no files: endless, cut, longer or shorter than told, elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import COMPS, PRIMARY, REPOMD, UPDATEINFO, Case, case
from tests.standin.upstream.faults import Faults

Fault = Callable[[Faults, str], None]


def wire() -> list[Case]:
    """Every case for what happens on the way."""
    return [
        _case("endless repomd", "not taken", REPOMD, lambda faults, path: faults.endless(path), status=5),
        _case("endless primary", "another size than locked", PRIMARY, lambda faults, path: faults.endless(path)),
        _case("repomd cut every time", "too early", REPOMD, lambda faults, path: faults.cut(path, after=100), status=5),
        _case(
            "primary cut every time", "too early", PRIMARY, lambda faults, path: faults.cut(path, after=100), status=5
        ),
        _case(
            "primary that claims more",
            "another size than locked",
            PRIMARY,
            lambda faults, path: faults.length(path, claims=2**62),
        ),
        _case(
            "primary that claims less",
            "another size than locked",
            PRIMARY,
            lambda faults, path: faults.length(path, claims=3),
        ),
        _case(
            "primary with a bit flipped",
            "other bytes than locked",
            PRIMARY,
            lambda faults, path: faults.flip(path, offset=20),
        ),
        _case(
            "primary sent elsewhere and back",
            "redirects",
            PRIMARY,
            lambda faults, path: faults.redirect(path, path),
            status=5,
        ),
        _case(
            "repomd sent to a file of this machine",
            "cannot be fetched",
            REPOMD,
            lambda faults, path: faults.redirect(path, "file:///etc/passwd"),
            status=5,
        ),
        _case("repomd that is not there", "404", REPOMD, lambda faults, path: faults.status(path, 404), status=5),
        _case("no answer at all", "cannot be fetched", REPOMD, lambda faults, path: faults.drop(path), status=5),
        _updateinfo("endless updateinfo", "another size than locked", lambda faults, path: faults.endless(path)),
        _updateinfo(
            "updateinfo with a bit flipped",
            "other bytes than locked",
            lambda faults, path: faults.flip(path, offset=20),
        ),
        _updateinfo("updateinfo that is not there", "404", lambda faults, path: faults.status(path, 404), status=5),
        case(
            "endless comps whose size nobody says",
            "another size than locked",
            COMPS,
            repo.comps(size=""),
            fault=lambda faults, path: faults.endless(f"{path}/{COMPS}"),
        ),
    ]


def _case(name: str, said: str, at: str, fault: Fault, status: int = 4) -> Case:
    return case(name, said, at, status=status, fault=lambda faults, path: fault(faults, f"{path}/{at}"))


def _updateinfo(name: str, said: str, fault: Fault, status: int = 4) -> Case:
    sound = repo.updateinfo()
    return case(
        name, said, UPDATEINFO, sound, status=status, fault=lambda faults, path: fault(faults, f"{path}/{UPDATEINFO}")
    )
