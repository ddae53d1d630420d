"""Files locked: base ISO, plain files, Python wheels, Ansible collections, playbook projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import unquote, urlsplit

from airlock_builder.lock.gather import Requests, gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.lock.requirements import lines_of, project_of
from airlock_builder.lock.taken import forget, take
from airlock_builder.lock.wheelpins import resolved_around
from airlock_builder.lock.wheels.environments import Environment, environments
from airlock_builder.manifest.model import Collection, Content, Manifest
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.index import PackageIndex, Target, Wheel
from airlock_builder.store import Store
from airlock_core.digest import Digest, of_file
from airlock_core.errors import AirlockError, InputError, VerificationError, raise_all
from airlock_core.locks import FilesLock, LockedFile
from airlock_core.progress import Progress, Step, silent

JOBS = 8
GALAXY = "https://galaxy.ansible.com/download"
"""Where Galaxy serves a collection's archive: ``NAMESPACE-NAME-VERSION.tar.gz``."""


@dataclass(frozen=True, order=True)
class _Wanted:
    """A file that is asked for: its kind, URL, and digest where someone gave one."""

    kind: str
    url: str
    checksum: str = ""


def lock_files(
    manifest: Manifest,
    http: HttpClient,
    index: PackageIndex,
    store: Store,
    *,
    keeping: Keeping | None = None,
    progress: Progress = silent,
) -> FilesLock:
    """Resolve every file of the manifest and its options, but for those that stay as they are locked.

    A file with a sha256 is not downloaded: its size is asked for. One without is taken into the store, and its digest
    told through ``progress``.

    Raises:
        InputError: a requirement has no wheel; two files would have one name on the medium; a URL has credentials.
        UpstreamError: a file is not there, or its server cannot be reached.
        VerificationError: a file is not what its checksum says.
        Faults: several of these; every file is tried.
    """
    wanted: Requests[_Wanted] = Requests()
    for option, content in [(None, manifest), *sorted(manifest.options.items())]:
        for one in _named(content):
            wanted.add(one, option)
    if manifest.base:
        wanted.add(_Wanted("base", manifest.base.iso, manifest.base.checksum or ""), None)
    for key, options in _wheels(manifest, index, keeping or Keeping()):
        for option in options or (None,):
            wanted.add(key, option)
    options_of = dict(wanted.items())
    raise_all("URLs have faults", [fault for one in options_of if (fault := _url_fault(one))])

    def lock(one: _Wanted) -> LockedFile:
        checksum = "" if one.kind == "wheel" else one.checksum
        stays = keeping.file(one.kind, one.url, checksum, options_of[one]) if keeping else None
        if stays:
            return stays
        digest, size = _measure(one, http, store, progress)
        return LockedFile(_filename(one), one.url, digest, size, one.kind, options_of[one])

    files = gather(lock, sorted(options_of), jobs=JOBS, what="files could not be locked", interrupt=http.cancel)
    files = _merged(files)
    raise_all("files collide on the medium", _collisions(files))
    return FilesLock(tuple(files))


def lock_base(
    manifest: Manifest, http: HttpClient, store: Store, *, progress: Progress = silent
) -> tuple[LockedFile, ...]:
    """The base ISO alone, where the manifest names one.

    Raises:
        UpstreamError, VerificationError: as :func:`lock_files`.
    """
    if manifest.base is None:
        return ()
    one = _Wanted("base", manifest.base.iso, manifest.base.checksum or "")
    digest, size = _measure(one, http, store, progress)
    return (LockedFile(_filename(one), one.url, digest, size, one.kind),)


def _named(content: Content) -> Iterator[_Wanted]:
    """What the manifest names by URL, or by a name that comes to one."""
    for file in content.files.urls:
        yield _Wanted("file", file.url, file.checksum or "")
    for collection in content.collections:
        yield _Wanted("collection", _galaxy(collection))
    for playbook in content.playbooks:
        yield _Wanted("playbook", playbook.url, playbook.checksum or "")


def _galaxy(collection: Collection) -> str:
    return f"{GALAXY}/{collection.name.replace('.', '-')}-{collection.version}.tar.gz"


def _wheels(manifest: Manifest, index: PackageIndex, keeping: Keeping) -> list[tuple[_Wanted, tuple[str, ...]]]:
    """The wheels that all requirements come to."""
    asked: Requests[Environment] = Requests()
    for option, environment in environments(manifest):
        asked.add(environment, option)
    options = dict(asked.items())
    stay = keeping.wheels()

    def resolve(environment: Environment) -> list[Wheel]:
        platform = manifest.platform
        target = Target(environment.python, platform.major, platform.arch)
        ask = partial(index.resolve, environment.requirements, target, environment.index)
        if not stay:
            return ask()
        named = {line.name for line in lines_of(environment.requirements) if keeping.project_moves(line.name)}
        moves = dict(map(project_of, (one.filename for one in ask()))) if named else {}
        return resolved_around(stay, {name: moves[name] for name in named & moves.keys()}, ask)

    resolved = gather(resolve, options, jobs=2, what="requirements could not be resolved")
    return [
        (_Wanted("wheel", wheel.url, str(wheel.digest or "")), options[environment])
        for environment, wheels in zip(options, resolved, strict=True)
        for wheel in wheels
    ]


def _measure(one: _Wanted, http: HttpClient, store: Store, progress: Progress) -> tuple[Digest, int]:
    """A file's SHA-256 digest and size."""
    given = Digest.parse(one.checksum) if one.checksum else None
    if given and given.algorithm == "sha256":
        size = http.size(one.url)
        if size is not None:
            progress(Step("lock", one.url, size, size, finished=True))
            return given, size
    return _taken(one, given, http, store, progress)


def _taken(
    one: _Wanted, given: Digest | None, http: HttpClient, store: Store, progress: Progress
) -> tuple[Digest, int]:
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress(Step("lock", one.url, done))

    digest, size = take(one.url, http, store, on_bytes=count)
    if given:
        _compare(one, given, store, digest)
    subject = one.url if given else f"{one.url} {digest} (taken now: compare it with its maker's)"
    progress(Step("lock", subject, size, size, finished=True))
    return digest, size


def _compare(one: _Wanted, given: Digest, store: Store, taken: Digest) -> None:
    found = of_file(store.path(taken), given.algorithm)
    if found != given:
        forget(one.url, store)
        raise VerificationError(
            f"other bytes than the manifest says: expected {given}, found {found}",
            where=one.url,
            todo="compare the checksum with its maker's",
        )


def _filename(one: _Wanted) -> str:
    """``host/path`` for a plain file, as kubespray-style playbooks expect; the bare name for all else."""
    parts = urlsplit(one.url)
    path = unquote(parts.path).lstrip("/")
    return f"{parts.hostname or 'localhost'}/{path}" if one.kind == "file" else path.rsplit("/", 1)[-1]


def _url_fault(one: _Wanted) -> AirlockError | None:
    parts = urlsplit(one.url)
    if "@" in parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        what = f"a URL of {host} carries credentials, which would stand in the lock"
        return InputError(what, where="files", todo="take them out, and put them into ~/.netrc")
    if not _filename(one).rpartition("/")[2] or ".." in parts.path.split("/"):
        return InputError("a URL without a file's name", where=one.url, todo="correct the URL")
    return None


def _merged(files: Sequence[LockedFile]) -> list[LockedFile]:
    """The same file asked for with and without a checksum is one file, for all that ask."""
    found: dict[tuple[str, str, Digest], LockedFile] = {}
    for file in files:
        key = (file.kind, file.download_url, file.checksum)
        before = found.get(key)
        both = () if before and not (before.options and file.options) else file.options
        found[key] = replace(file, options=tuple(sorted({*both, *(before.options if before and both else ())})))
    return list(found.values())


def _collisions(files: Sequence[LockedFile]) -> list[AirlockError]:
    """Files of one kind that would have one name on the medium and differ."""
    named: dict[tuple[str, str], list[LockedFile]] = defaultdict(list)
    for file in files:
        named[file.kind, file.filename].append(file)
    return [
        InputError(
            f"several files would be {name}: {' and '.join(file.download_url for file in those)}",
            where=f"files ({kind})",
            todo="keep one of them",
        )
        for (kind, name), those in sorted(named.items())
        if len(those) > 1
    ]
