"""files.lock: every file of a manifest with its digest, and who vouches for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from airlock_builder.lock.files import projects
from airlock_builder.lock.files.answers import Answers
from airlock_builder.lock.files.collections import lock_collections
from airlock_builder.lock.files.taking import Taking
from airlock_builder.lock.files.vouching import Vouching, still_vouched
from airlock_builder.lock.files.wanted import Wanted, base, url_fault, wanted
from airlock_builder.lock.files.wheels import lock_wheels
from airlock_builder.lock.gather import Requests, gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.manifest.model import Manifest
from airlock_builder.remote.documents import Documents
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.index import PackageIndex
from airlock_builder.store import Store
from airlock_core.errors import AirlockError, Attempts, InputError, raise_all
from airlock_core.locks import FilesLock, LockedFile
from airlock_core.locks.files import SOURCES
from airlock_core.progress import Progress, silent

JOBS = 8


def lock_files(
    manifest: Manifest,
    http: HttpClient,
    index: PackageIndex,
    store: Store,
    *,
    keeping: Keeping | None = None,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda text: None,
) -> FilesLock:
    """Resolve every file of the manifest and its options, but for those that stay as they are locked.

    A file with a sha256 is not downloaded: its size is asked for. One without is taken into the store, as are
    collections and playbook projects, which are looked into.

    Args:
        note: told what is odd and no fault.

    Raises:
        InputError: a requirement has no wheel; two files would have one name on the medium; a URL has credentials.
        UpstreamError: a file is not there, or its server cannot be reached.
        VerificationError: a file is not what who vouches for it says; what should vouch for it cannot be trusted.
        Faults: several of these; every file is tried.
    """
    documents = Documents(store.metadata / "files")
    work = _Locking(Taking(http, store, progress), Vouching(http, documents, note), keeping or Keeping())
    parts = Attempts()
    nothing: Sequence[LockedFile] = ()
    files = parts.attempt(lambda: work.named(manifest), nothing)
    found = [
        *files,
        *parts.attempt(lambda: lock_wheels(manifest, Answers(index, documents), work.keeping, work.taking), nothing),
        *parts.attempt(
            lambda: lock_collections(manifest, work.taking, work.vouching, work.keeping, documents), nothing
        ),
    ]
    raise_all("files could not be locked", parts.faults)
    for text in documents.notes():
        note(text)
    merged = _merged(found)
    raise_all("files collide on the medium", _collisions(merged))
    return FilesLock(tuple(merged))


def lock_base(
    manifest: Manifest,
    http: HttpClient,
    store: Store,
    *,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda text: None,
) -> tuple[LockedFile, ...]:
    """The base ISO alone, where the manifest names one.

    Raises:
        UpstreamError, VerificationError: as :func:`lock_files`.
    """
    documents = Documents(store.metadata / "files")
    work = _Locking(Taking(http, store, progress), Vouching(http, documents, note), Keeping())
    one = base(manifest)
    if one is None:
        return ()
    work.vouching.read([one.vouchers])
    return (work.fresh(one, ()),)


@dataclass(frozen=True)
class _Locking:
    """What files are locked with."""

    taking: Taking
    vouching: Vouching
    keeping: Keeping

    def named(self, manifest: Manifest) -> Sequence[LockedFile]:
        """What the manifest names by URL, all but collections."""
        asked: Requests[Wanted] = Requests()
        for option, content in manifest.contents():
            for one in wanted(content):
                asked.add(one, option)
        if iso := base(manifest):
            asked.add(iso, None)
        options = dict(asked.items())
        raise_all("URLs have faults", [fault for one in options if (fault := url_fault(one.url))])
        stay = {one: kept for one in options if (kept := self._kept(one, options[one]))}
        self.vouching.read(one.vouchers for one in options if one not in stay)
        return gather(
            lambda one: stay.get(one) or self.fresh(one, options[one]),
            sorted(options),
            jobs=JOBS,
            what="files could not be locked",
            interrupt=self.taking.http.cancel,
        )

    def fresh(self, one: Wanted, options: tuple[str, ...]) -> LockedFile:
        """A file as it is now; its checksum file was read."""
        voucher = self.vouching.of(one.vouchers, one.url)
        take = self.taking.brought if one.kind == "playbook" else self.taking.measured
        digest, size = take(one.url, voucher)
        if one.kind == "playbook":
            projects.check(self.taking.store.path(digest), where=one.url)
        return LockedFile(
            one.filename,
            one.url,
            digest,
            size,
            one.kind,
            options,
            source=voucher.source,
            checksums=voucher.checksums,
            signer=voucher.signer,
        )

    def _kept(self, one: Wanted, options: tuple[str, ...]) -> LockedFile | None:
        """The standing entry of a file that stays."""
        kept = self.keeping.file(one.kind, one.url)
        if kept is None or not still_vouched(one.vouchers, kept):
            return None
        source = "manifest" if one.vouchers.checksum and not one.vouchers.checksums else kept.source
        return replace(kept, filename=one.filename, options=options, source=source)


def _merged(files: Sequence[LockedFile]) -> list[LockedFile]:
    """The same file asked for with and without a checksum, or by several environments, is one file for all that ask."""
    found: dict[tuple[str, ...], LockedFile] = {}
    for file in files:
        key = (file.kind, file.filename, file.download_url, str(file.checksum))
        found[key] = _together(found[key], file) if key in found else file
    return list(found.values())


def _together(one: LockedFile, other: LockedFile) -> LockedFile:
    better = max(one, other, key=lambda file: (bool(file.signer), -_rank(file.source)))
    options = tuple(sorted({*one.options, *other.options})) if one.options and other.options else ()
    environments = tuple(sorted({*one.environments, *other.environments}))
    return replace(better, options=options, environments=environments)


def _rank(source: str) -> int:
    return SOURCES.index(source) if source in SOURCES else len(SOURCES)


def _collisions(files: Sequence[LockedFile]) -> list[AirlockError]:
    """Files that would have one name on the medium, or of which one would be a folder of another."""
    named: dict[str, list[LockedFile]] = defaultdict(list)
    for file in files:
        named[f"{_FOLDERS.get(file.kind, file.kind)}/{file.filename}"].append(file)
    faults: list[AirlockError] = []
    for place, those in sorted(named.items()):
        name = place.partition("/")[2]
        if len(those) > 1:
            faults.append(_collision(f"several files would be {name}", those))
        for end in (index for index, letter in enumerate(place) if letter == "/"):
            if above := named.get(place[:end]):
                faults.append(_collision(f"{above[0].filename} would be a file and a folder", [*above, *those]))
    return faults


_FOLDERS = {"playbook": "file/playbooks"}
"""Where on the medium files of a kind stand, among those of another."""


def _collision(what: str, files: Sequence[LockedFile]) -> InputError:
    those = " and ".join(file.download_url for file in files)
    return InputError(f"{what}: {those}", where=f"files ({files[0].kind})", todo="keep one of them")
