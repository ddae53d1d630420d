"""The site's CA and the registry's certificate: dates, names, keys, who signed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.serve import pki
from airlock_installer.serve.pki import Pki

SOON_DAYS = 30
_RENEW = "airlock-site {command}, which makes another"
_NEW_CA = "set the clock if it is wrong; else move {folder} away, airlock-site serve up, and run preflight on all nodes"


@dataclass(frozen=True)
class Certificate:
    """A certificate.

    Args:
        path: its file.
        is_ca: whether it is the site's CA.
        first, last: seconds since 1970 between which it is valid.
        names: what it is good for.
        has_its_key: whether the key beside it is its own.
        is_signed: whether the site's CA signed it.
        key_mode: permissions of its key's file.
        is_far: whether another control node's registry has it; this is the copy here.
    """

    path: Path
    is_ca: bool
    first: float
    last: float
    names: frozenset[str] = frozenset()
    has_its_key: bool = True
    is_signed: bool = True
    key_mode: int = 0o600
    is_far: bool = False

    @property
    def maker(self) -> str:
        """The command that makes it anew."""
        return "run landing" if self.is_far else "serve up"


@dataclass(frozen=True)
class CertificateFacts:
    """The certificates, the names that the registry may be called by, and the clock."""

    certificates: tuple[Certificate, ...]
    wanted: frozenset[str]
    now: float


def look(ground: Ground) -> CertificateFacts | None:
    """Read the certificates and their keys: the CA's, the registry's, and those of the other control nodes."""
    places = Pki(ground.layout.pki)
    if not places.ca_certificate.is_file():
        return None
    others = [Pki(folder, places.folder) for folder in sorted(ground.layout.nodes_pki.glob("*"))]
    pairs = [(places.ca_certificate, places.ca_key), *((each.certificate, each.key) for each in (places, *others))]
    found = tuple(_certificate(path, key, places) for path, key in pairs if path.is_file())
    return CertificateFacts(found, ground.names, ground.now)


def _certificate(path: Path, key: Path, places: Pki) -> Certificate:
    first, last = pki.valid(path)
    is_ca = path == places.ca_certificate
    return Certificate(
        path,
        is_ca,
        first.timestamp(),
        last.timestamp(),
        frozenset() if is_ca else pki.names_of(path),
        has_its_key=pki.belongs(path, key),
        is_signed=pki.signed_by(path, places.ca_certificate),
        is_far=path.parent != places.folder,
        key_mode=key.stat().st_mode & 0o777 if key.is_file() else 0o600,
    )


def outside(facts: CertificateFacts) -> Iterator[Finding]:
    """A certificate that is not valid now."""
    for one in facts.certificates:
        if one.first <= facts.now <= one.last:
            continue
        told = (
            f"is not valid before {_day(one.first)}" if facts.now < one.first else f"was valid until {_day(one.last)}"
        )
        todo = (
            _NEW_CA.format(folder=one.path.parent)
            if one.is_ca or facts.now < one.first
            else _RENEW.format(command=one.maker)
        )
        yield error(f"it {told}, and the clock says {_day(facts.now)}", where=str(one.path), todo=todo)


def soon(facts: CertificateFacts) -> Iterator[Finding]:
    """A certificate that runs out soon."""
    for one in facts.certificates:
        days = (one.last - facts.now) / 86400
        if 0 <= days < SOON_DAYS:
            todo = _NEW_CA.format(folder=one.path.parent) if one.is_ca else _RENEW.format(command=one.maker)
            yield warning(f"it runs out in {days:.0f} days, on {_day(one.last)}", where=str(one.path), todo=todo)


def nameless(facts: CertificateFacts) -> Iterator[Finding]:
    """A name or address of this machine that the registry's certificate lacks."""
    for one in facts.certificates:
        lacking = sorted(facts.wanted - one.names)
        if not (one.is_ca or one.is_far) and lacking:
            what = f"it lacks {', '.join(lacking)}: who calls the registry so refuses it"
            yield warning(what, where=str(one.path), todo=_RENEW.format(command=one.maker))


def mismatched(facts: CertificateFacts) -> Iterator[Finding]:
    """A certificate whose key is another's, or is gone."""
    for one in facts.certificates:
        if not one.has_its_key:
            todo = _NEW_CA.format(folder=one.path.parent) if one.is_ca else _RENEW.format(command=one.maker)
            yield error("the key beside it is not its own, or is gone", where=str(one.path), todo=todo)


def unsigned(facts: CertificateFacts) -> Iterator[Finding]:
    """A certificate that clients, who trust the site's CA, refuse."""
    for one in facts.certificates:
        if not one.is_signed:
            yield error("the site's CA did not sign it", where=str(one.path), todo=_RENEW.format(command=one.maker))


def readable(facts: CertificateFacts) -> Iterator[Finding]:
    """A key that others than root may read."""
    for one in facts.certificates:
        if one.key_mode & 0o077:
            key = one.path.with_suffix(".key")
            yield error(f"the key is open to others: mode {one.key_mode:o}", where=str(key), todo=f"chmod 600 {key}")


def _day(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M} UTC"


AREA = Area("certificates", look, (outside, soon, nameless, mismatched, unsigned, readable))
