"""Packages of two locks side by side: which build became which, and in what else they differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from airlock_core.compare.model import Difference, Kind
from airlock_core.locks import LockedChart, LockedFile, LockedImage, LockedRpm, RpmArch, RpmsLock
from airlock_core.rpmver import compare_evrs, evr_key

Pair = tuple[LockedRpm | None, LockedRpm | None]


def rpm_differences(old: RpmsLock, new: RpmsLock) -> Iterator[Difference]:
    """All differences of two locks of RPMs."""
    before, after = ({arch.arch: arch for arch in lock.arches} for lock in (old, new))
    shared = before.keys() & after.keys()
    several = len(before) > 1 or len(after) > 1
    told = _is_told(old) and _is_told(new)
    found: dict[Difference, list[str]] = defaultdict(list)
    for arch in sorted(shared if several else before.keys() | after.keys()):
        for difference in _of_section(before.get(arch, RpmArch(arch)), after.get(arch, RpmArch(arch)), told=told):
            found[_anywhere(difference, arch) if several else difference].append(arch)
    for difference, on in found.items():
        yield replace(difference, on=tuple(on)) if several else difference
    if several:
        yield from _architectures(before, after)
    yield from _repos(old, new)
    yield from _places(old, new)
    yield from _signers(old, new)


def pairs(old: Iterable[LockedRpm], new: Iterable[LockedRpm]) -> Iterator[Pair]:
    """Each package before and after; None where there is none.

    Builds of one name and architecture are paired: equal ones first, of the others the newest with the newest. A name
    that only changed its architecture is one package too.
    """
    before, after = _by_name(old), _by_name(new)
    for name in sorted(before.keys() | after.keys()):
        yield from _paired(before.get(name, []), after.get(name, []))


def paired(old: RpmsLock, new: RpmsLock) -> dict[Difference, Pair]:
    """The packages that each difference of two locks of one architecture is about."""
    told = _is_told(old) and _is_told(new)
    return {one: pair for pair in pairs(old.packages, new.packages) for one in _of_pair("rpms", *pair, told=told)}


def _paired(old: Sequence[LockedRpm], new: Sequence[LockedRpm]) -> Iterator[Pair]:
    left_old, left_new = [], []
    for arch in sorted({package.arch for package in (*old, *new)}):
        olds, news = ({p.evr: p for p in side if p.arch == arch} for side in (old, new))
        for evr in olds.keys() & news.keys():
            yield olds.pop(evr), news.pop(evr)
        ours, theirs = ([side[evr] for evr in sorted(side, key=evr_key, reverse=True)] for side in (olds, news))
        yield from zip(ours, theirs, strict=False)
        left_old += ours[len(theirs) :]
        left_new += theirs[len(ours) :]
    if len(left_old) == len(left_new) == 1:
        yield left_old[0], left_new[0]
        return
    yield from ((package, None) for package in left_old)
    yield from ((None, package) for package in left_new)


def _by_name(packages: Iterable[LockedRpm]) -> dict[str, list[LockedRpm]]:
    found: dict[str, list[LockedRpm]] = defaultdict(list)
    for package in packages:
        found[package.name].append(package)
    return found


def _architectures(old: Mapping[str, RpmArch], new: Mapping[str, RpmArch]) -> Iterator[Difference]:
    """What only one of the locks is for: all of its packages are new or gone, and none of them is told."""
    for arch in sorted(old.keys() ^ new.keys()):
        section = new.get(arch) or old[arch]
        kind = Kind.ADDED if arch in new else Kind.REMOVED
        yield Difference("architectures", kind, arch, note=_counted(len(section.packages)))


def _anywhere(one: Difference, arch: str) -> Difference:
    """The same, however many architectures it concerns: each has its own repositories and native packages."""
    texts = {key: getattr(one, key) for key in ("old", "new", "note")}
    return replace(
        one,
        arch="" if one.arch == arch else one.arch,
        **{key: text.replace(arch, "$arch") for key, text in texts.items()},
    )


def _is_told(lock: RpmsLock) -> bool:
    """Whether a lock says who signed its packages and what streams they are of; those of other tools do not."""
    return bool(lock.repos) or any(package.signer or package.unsigned for package in lock.packages)


def _of_section(old: RpmArch, new: RpmArch, *, told: bool) -> Iterator[Difference]:
    for part, before, after in (("rpms", old.packages, new.packages), ("sources", old.source, new.source)):
        for pair in pairs(before, after):
            yield from _of_pair(part, *pair, told=told)
    yield from _documents(old, new)
    for name in sorted({*old.assumed} ^ {*new.assumed}) if told else ():
        kind = Kind.ADDED if name in new.assumed else Kind.REMOVED
        yield Difference("assumed", kind, name)


def _of_pair(part: str, old: LockedRpm | None, new: LockedRpm | None, *, told: bool) -> Iterator[Difference]:
    either = new or old
    if either is None:
        return
    if old is None or new is None:
        kind = Kind.ADDED if old is None else Kind.REMOVED
        versions = (old.evr if old else "", new.evr if new else "")
        yield Difference(part, kind, either.name, *versions, either.arch, note=either.repoid)
    elif course := _course(old, new):
        was, now = (old.evr, new.evr) if old.arch == new.arch else (f"{old.evr}.{old.arch}", f"{new.evr}.{new.arch}")
        if course is Kind.REBUILT:
            was, now = f"{was} {old.checksum.short}", f"{now} {new.checksum.short}"
        yield Difference(part, course, new.name, was, now, new.arch)
    if told:
        yield from _respects(part, old, new)
    if old and new and old.repoid != new.repoid:
        yield Difference(part, Kind.REPO, new.name, old.repoid, new.repoid, new.arch)


def _course(old: LockedRpm, new: LockedRpm) -> Kind | None:
    order = compare_evrs(new.evr, old.evr)
    if order:
        return Kind.UPGRADED if order > 0 else Kind.DOWNGRADED
    return Kind.REBUILT if old.checksum != new.checksum else None


def _respects(part: str, old: LockedRpm | None, new: LockedRpm | None) -> Iterator[Difference]:
    """In what else they differ; of a package that is there on one side only, what must not go unseen."""
    if new and new.unsigned and (old is None or old.unsigned != new.unsigned):
        yield Difference(part, Kind.UNSIGNED, new.name, (old.unsigned or "") if old else "", new.unsigned, new.arch)
    if old is None or new is None:
        return
    respects = [
        (Kind.SIGNER, old.signer or "nobody", new.signer or "nobody"),
        (Kind.STREAM, _stream(old), _stream(new)),
        (Kind.OPTIONS, options_of(old), options_of(new)),
    ]
    for kind, before, after in respects:
        if before != after:
            yield Difference(part, kind, new.name, before, after, new.arch)


def options_of(entry: LockedRpm | LockedImage | LockedChart | LockedFile) -> str:
    """The options that ask for an entry, as people read it."""
    return ", ".join(sorted(entry.options)) or "always"


def _stream(package: LockedRpm) -> str:
    """``name:stream``: version and context move with every build."""
    return ":".join(package.module.split(":")[:2]) if package.module else "none"


def _documents(old: RpmArch, new: RpmArch) -> Iterator[Difference]:
    before, after = ({one.repoid: one for one in arch.module_metadata} for arch in (old, new))
    for repoid in sorted(before.keys() | after.keys()):
        was, now = before.get(repoid), after.get(repoid)
        if was is None or now is None:
            kind = Kind.ADDED if was is None else Kind.REMOVED
            yield Difference("modules", kind, repoid)
        elif was.checksum != now.checksum:
            yield Difference("modules", Kind.METADATA, repoid, was.checksum.short, now.checksum.short)


def _repos(old: RpmsLock, new: RpmsLock) -> Iterator[Difference]:
    before, after = ({repo.id: repo for repo in lock.repos} for lock in (old, new))
    if not (before and after):
        return  # locks of other tools do not say what their repos were
    for identity in sorted(before.keys() | after.keys()):
        was, now = before.get(identity), after.get(identity)
        if was is None or now is None:
            yield Difference("repos", Kind.ADDED if was is None else Kind.REMOVED, identity)
            continue
        if sorted(was.key) != sorted(now.key):
            yield Difference("repos", Kind.KEYS, identity, _listed(was.key), _listed(now.key))
        if was.repomd != now.repomd:
            revisions = (f"revision {was.revision}", f"revision {now.revision}")
            same = was.revision == now.revision
            digests = (was.repomd.short, now.repomd.short)
            yield Difference("repos", Kind.METADATA, identity, *(digests if same else revisions))


def _places(old: RpmsLock, new: RpmsLock) -> Iterator[Difference]:
    """Repos whose packages are the same and stand elsewhere: one line for each, not for each package."""
    before = {(rpm.checksum, rpm.repoid, rpm.evr): rpm.url for rpm in _everything(old)}
    moved: dict[tuple[str, str, str], int] = Counter()
    for rpm in _everything(new):
        was = before.get((rpm.checksum, rpm.repoid, rpm.evr), rpm.url)
        if was != rpm.url:
            moved[rpm.repoid, *_heads(was, rpm.url)] += 1
    for (repoid, was, now), count in sorted(moved.items()):
        yield Difference("repos", Kind.PLACE, repoid, was, now, note=_counted(count))


def _heads(one: str, two: str) -> tuple[str, str]:
    """What two URLs have before the path that they share, or before their files' names where those differ."""
    ours, theirs = one.split("/"), two.split("/")
    while len(ours) > 1 and len(theirs) > 1 and ours[-1] == theirs[-1]:
        del ours[-1], theirs[-1]
    heads = ("/".join(ours), "/".join(theirs))
    folders = (one.rpartition("/")[0], two.rpartition("/")[0])
    return folders if heads == (one, two) and folders[0] != folders[1] else heads


def _counted(packages: int) -> str:
    return f"{packages} package" if packages == 1 else f"{packages} packages"


def _signers(old: RpmsLock, new: RpmsLock) -> Iterator[Difference]:
    before, after = (Counter(rpm.signer for rpm in _everything(lock) if rpm.signer) for lock in (old, new))
    if not (before and after):
        return
    for signer in sorted(before.keys() ^ after.keys()):
        kind = Kind.ADDED if signer in after else Kind.REMOVED
        yield Difference("signers", kind, signer, note=_counted(max(before[signer], after[signer])))


def _everything(lock: RpmsLock) -> Iterator[LockedRpm]:
    for arch in lock.arches:
        yield from arch.packages
        yield from arch.source


def _listed(keys: Iterable[str]) -> str:
    return " ".join(sorted(keys)) or "none"
