"""What is on a medium, or in a lock: read, counted, listed; nothing is verified here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airlock_builder.audit.subject import read_subject
from airlock_core import strict_yaml
from airlock_core.attached import SIGNATURE
from airlock_core.locks import LockedChart, LockedFile, LockedImage, ReleaseLocks, RpmsLock
from airlock_core.locks.files import UNKNOWN
from airlock_core.locks.helm import HelmLock
from airlock_core.locks.selection import counts
from airlock_core.release import Release
from airlock_core.sizes import counted, human


@dataclass(frozen=True)
class Inventory:
    """What was found.

    Args:
        subject: the medium, lock or folder of locks.
        locks: what it carries, or what the lock says.
        release: the medium's root document; None for locks.
        sizes: bytes by top folder of a medium, or by kind of a lock.
        label: the medium's volume label.
        helm: what Helm's own lock names, without digests.
    """

    subject: Path
    locks: ReleaseLocks
    release: Release | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    label: str = ""
    helm: HelmLock | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind; only kinds that are there."""
        versions = len(self.helm.dependencies) if self.helm else 0
        found = {**counts(self.locks), "charts": len(self.locks.charts.charts) + versions}
        return {kind: count for kind, count in found.items() if count}

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "subject": str(self.subject),
            "label": self.label,
            "release": strict_yaml.loads(self.release.dumps(), where="release.json") if self.release else None,
            "counts": self.counts,
            "sizes": dict(self.sizes),
            **self._names(),
        }

    def lines(self) -> list[str]:
        """For people."""
        width = max((len(name) for name in self.sizes), default=0)
        sizes = [f"  {name:<{width}}  {human(size):>10}" for name, size in self.sizes.items()]
        names = [line for kind, found in self._names().items() if found for line in _listed(kind, found)]
        return [*self._head(), *sizes, *names]

    def _head(self) -> list[str]:
        found = counted(self.counts)
        if self.release is None:
            return [f"{self.subject}: {found}"]
        release = self.release
        options = f", options: {', '.join(release.options)}" if release.options else ""
        return [
            f"{self.subject}: {release.name} {release.version} (number {release.number}), label {self.label}",
            f"for {release.os} {release.os_release} {release.arch}{options}: {found}",
        ]

    def _names(self) -> dict[str, list[str]]:
        charts = [_chart(chart) for chart in self.locks.charts.charts]
        charts += [f"{chart.name} {chart.version}" for chart in self.helm.dependencies] if self.helm else []
        return {
            "packages": _packages(self.locks.rpms),
            "signers": _signers(self.locks.rpms),
            "unsigned": _excused(self.locks.rpms),
            "sources": sorted({str(rpm.nevra) for arch in self.locks.rpms.arches for rpm in arch.source}),
            "images": [_image(image) for image in self.locks.images.images if not image.attachment],
            "attached": [_attached(image) for image in self.locks.images.images if image.attachment],
            "charts": charts,
            "waived": [f"{waiver.image}: {waiver.reason}" for waiver in self.locks.charts.waivers],
            "files": [_file(file) for file in self.locks.files.files if file.kind != "base"],
            "unvouched": [_file(file) for file in self.locks.files.files if file.source == "taken"],
        }


def inspect(path: Path) -> Inventory:
    """Look at a medium (ISO or device), a lock file, or a folder of locks; those of other tools too.

    Raises:
        InputError, Faults: it cannot be read, or is none of these.
        VerificationError: an ISO that is damaged, or not airlock's.
    """
    subject = read_subject(path)
    sizes = subject.folders if subject.release else _sizes(subject.locks)
    return Inventory(subject.path, subject.locks, subject.release, sizes, subject.label, subject.found.helm)


def _image(image: LockedImage) -> str:
    excuse = f" (taken unsigned: {image.unsigned})" if image.unsigned else ""
    return f"{image.site_name}@{image.digest}{excuse}"


def _attached(one: LockedImage) -> str:
    about = one.attachment
    signer = f", good by the key {about.signer}" if about and about.signer else ""
    if about and about.kind == SIGNATURE and not signer:
        signer = ", not verified"
    return f"{about.kind if about else ''} {one.site_name}@{one.digest}{signer}"


def _sizes(locks: ReleaseLocks) -> dict[str, int]:
    arches = locks.rpms.arches
    packages = {rpm.checksum: rpm.size for arch in arches for rpm in arch.packages}
    sources = {rpm.checksum: rpm.size for arch in arches for rpm in arch.source}
    sizes = {
        "packages": sum(packages.values()),
        "sources": sum(sources.values()),
        "images": sum(image.size for image in locks.images.images),
        "charts": sum(size for chart in locks.charts.charts for _, size in chart.carried.values()),
        "files": sum(file.size for file in locks.files.files if file.size != UNKNOWN),
    }
    return {kind: size for kind, size in sizes.items() if size}


def _packages(rpms: RpmsLock) -> list[str]:
    """NEVRAs; where a lock is for several architectures, each below its own, since ``noarch`` says not which."""
    several = len(rpms.arches) > 1
    return [
        f"{arch.arch}: {nevra}" if several else nevra
        for arch in sorted(rpms.arches, key=lambda arch: arch.arch)
        for nevra in sorted(str(package.nevra) for package in arch.packages)
    ]


def _signers(rpms: RpmsLock) -> list[str]:
    """Each key that signed packages, with how many; sources count too."""
    found = Counter(rpm.signer for arch in rpms.arches for rpm in (*arch.packages, *arch.source) if rpm.signer)
    return [f"{signer}: {number} package{'' if number == 1 else 's'}" for signer, number in sorted(found.items())]


def _excused(rpms: RpmsLock) -> list[str]:
    """Packages that the manifest takes in spite of their signatures, with what speaks against those, and its reason."""
    excused = [rpm for arch in rpms.arches for rpm in (*arch.packages, *arch.source) if rpm.unsigned]
    told = {f"{rpm.nevra}: {rpm.objection or 'not signed'}; taken because: {rpm.unsigned}" for rpm in excused}
    return sorted(told)


def _file(file: LockedFile) -> str:
    signer = f"  signed by {file.signer}" if file.signer else ""
    return f"{file.kind} {file.filename}{signer}"


def _chart(chart: LockedChart) -> str:
    signer = f"  signed by {chart.signer}" if chart.signer else ""
    return f"{chart.name} {chart.version}{signer}"


def _listed(kind: str, names: list[str]) -> list[str]:
    return [f"{kind}:", *(f"  {name}" for name in names)]
