"""Packages that are not signed as they must be, or lost, told together: what is so of several once, and all names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airlock_builder.lock.rpms.package import Package
from airlock_core.errors import AirlockError, Faults, UpstreamError, VerificationError
from airlock_core.signatures.policy import Objection, excusable

_EXCUSABLE = (
    "list the key that signed under gpgkey of the repo; or take another build; or name the package under "
    "rpms.unsigned, with the reason why it is taken all the same"
)
_NOT_EXCUSABLE = "do not use it: take another mirror, and tell whoever made it"


@dataclass(frozen=True)
class Refused:
    """One package, and what speaks against it.

    Args:
        url: of its file.
        base: of its repository.
    """

    package: Package
    url: str
    base: str
    objections: tuple[Objection, ...]

    @property
    def group(self) -> tuple[str, str, tuple[Objection, ...]]:
        """What it shares with others of its repository."""
        return self.package.repoid, self.base, tuple(dict.fromkeys(self.objections))


class Lost(UpstreamError):
    """A package that its repository's metadata names, and that cannot be had.

    Args:
        error: why.
    """

    def __init__(self, package: Package, error: UpstreamError) -> None:
        super().__init__(
            f"the package {package.nevra} of repo {package.repoid} cannot be fetched",
            where=error.where,
            why=error.why or error.what,
            todo="its metadata names it and the upstream does not have it: take another mirror, or exclude it",
        )
        self.package = package

    @property
    def base(self) -> str:
        """The URL of the repository; empty where the error is about another place than the package's own."""
        return self.where.removesuffix(f"/{self.package.href}") if self.where.endswith(f"/{self.package.href}") else ""


def raise_for(total: int, outcomes: Sequence[Refused | AirlockError]) -> None:
    """Raise nothing where there is nothing.

    Args:
        total: packages looked at.

    Raises:
        VerificationError, UpstreamError, Faults: all of them, what speaks against packages before what is absent.
    """
    refused = [one for one in outcomes if isinstance(one, Refused)]
    others = [*_lost(one for one in outcomes if isinstance(one, Lost))]
    others += [one for one in outcomes if isinstance(one, AirlockError) and not isinstance(one, Lost)]
    groups: dict[tuple[str, str, tuple[Objection, ...]], list[Refused]] = {}
    for one in refused:
        groups.setdefault(one.group, []).append(one)
    faults = [_fault(members) for _, members in sorted(groups.items())]
    faults += sorted(others, key=lambda fault: (not isinstance(fault, VerificationError), fault.where))
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise Faults(f"{len(outcomes)} of {total} packages cannot be locked", faults)


def _fault(members: Sequence[Refused]) -> AirlockError:
    first = members[0]
    text = "; ".join(dict.fromkeys(str(one) for one in first.objections))
    todo = _EXCUSABLE if excusable(first.objections) else _NOT_EXCUSABLE
    if len(members) == 1:
        where = f"{first.package.nevra} from repo {first.package.repoid} ({first.url})"
        return VerificationError("is not signed as it must be", where=where, why=text, todo=todo)
    where = f"repo {first.package.repoid} ({first.base})"
    names = sorted(str(member.package.nevra) for member in members)
    what = f"{len(members)} packages are not signed as they must be"
    return VerificationError(what, where=where, why="\n       ".join([f"{text}:", *names]), todo=todo)


def _lost(faults: Iterable[Lost]) -> Iterable[AirlockError]:
    """Lost packages, those of one repository together that are lost for one reason."""
    groups: dict[tuple[str, str, str], list[Lost]] = {}
    for one in faults:
        groups.setdefault((one.package.repoid, one.base or one.where, one.why), []).append(one)
    for (repoid, base, why), members in sorted(groups.items()):
        if len(members) == 1:
            yield members[0]
            continue
        names = sorted(str(member.package.nevra) for member in members)
        what, listed = f"{len(members)} packages cannot be fetched", "\n       ".join([f"{why}:", *names])
        todo = "its metadata names them and the upstream does not have them: take another mirror, or exclude them"
        yield UpstreamError(what, where=f"repo {repoid} ({base})", why=listed, todo=todo)
