"""Where the advisories of a comparison come from, and EPEL 8's two snapshots of March 2025."""

import lzma
import re
from collections import defaultdict
from pathlib import Path

import pytest

from airlock_builder import updateinfo
from airlock_builder.audit.diff import diff
from airlock_builder.store import Store
from airlock_core.compare import Kind, compare
from airlock_core.compare.advisories import advisory_change
from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.locks import LockedRepo, LockedRpm, ModuleMetadata, ReleaseLocks, RpmArch, RpmsLock
from airlock_core.locks.reading import Found
from tests import realdata

D = Digest.sha256(b"")
UPDATES = b"""<updates><update type="security"><id>A-1</id><severity>Low</severity><pkglist><collection>
<package name="foo" version="2" release="1" epoch="0" arch="noarch"/></collection></pkglist></update></updates>"""
PACKAGE = re.compile(
    r"<name>([^<]*)</name>\s*<arch>([^<]*)</arch>\s*"
    r'<version epoch="(\d+)" ver="([^"]*)" rel="([^"]*)"/>\s*<checksum type="sha256" pkgid="YES">([^<]*)<'
)
CHANGED = {
    "AMF-devel", "AMF-docs", "AMF-samples", "SDL2_mixer", "SDL2_mixer-devel", "cabextract", "dh-make", "gcc-gnat",
    "gcc-go", "gcc-objc", "gcc-objc++", "icewm", "icewm-data", "icewm-minimal-session", "icewm-themes", "libbson",
    "libbson-devel", "libgccjit", "libgccjit-devel", "libgnat", "libgnat-devel", "libgnat-static", "libgo",
    "libgo-devel", "libgo-static", "libobjc", "mold", "mongo-c-driver", "mongo-c-driver-devel",
    "mongo-c-driver-libs", "ncdu",
    "trafficserver", "trafficserver-devel", "trafficserver-perl", "trafficserver-selinux", "unrealircd",
    "unrealircd-maxmind", "xrdp", "xrdp-devel", "xrdp-selinux",
}  # fmt: skip


def lock(folder: Path, evr: str, *, updateinfo: bool = True) -> Path:
    """A folder of locks with one package, of a repo with updateinfo."""
    rpm = LockedRpm("foo", evr, "noarch", "https://h/foo.noarch.rpm", "base", 1, Digest.sha256(evr.encode()))
    known = ModuleMetadata("base", "https://h/updateinfo.xml", len(UPDATES), Digest.sha256(UPDATES))
    repo = LockedRepo("base", D, "1", (), None, known if updateinfo else None)
    folder.mkdir()
    ReleaseLocks(rpms=RpmsLock((RpmArch("x86_64", (rpm,)),), (repo,))).write(folder)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_advisories_are_read_by_digest_from_the_store(tmp_path: Path, store: Store) -> None:
    old, new = lock(tmp_path / "old", "1-1"), lock(tmp_path / "new", "2-1")
    put(store.path(Digest.sha256(UPDATES)), UPDATES)
    found = diff(old, new, store)
    assert found.advisories is not None
    assert [judged.advisory.id for judged in found.advisories.gained] == ["A-1"]
    assert found.unknown == ()
    back = diff(new, old, store).advisories
    assert back is not None
    assert [judged.advisory.id for judged in back.lost] == ["A-1"]


def test_what_lock_took_for_its_own_use_will_do(tmp_path: Path, store: Store) -> None:
    put(store.metadata / "sha256" / Digest.sha256(UPDATES).hex, UPDATES)
    found = diff(lock(tmp_path / "old", "1-1"), lock(tmp_path / "new", "2-1"), store)
    assert found.advisories is not None
    assert len(found.advisories.gained) == 1


def test_advisories_that_are_not_there_are_said_to_be_unknown(tmp_path: Path, store: Store) -> None:
    put(store.path(Digest.sha256(UPDATES)), UPDATES + b"altered")
    found = diff(lock(tmp_path / "old", "1-1"), lock(tmp_path / "new", "2-1"), store)
    assert found.advisories is None
    assert [reason.rpartition(str(tmp_path))[0] for reason in found.unknown] == [
        "the updateinfo.xml of base, locked in "
    ] * 2
    old, new = (lock(tmp_path / side, evr, updateinfo=False) for side, evr in (("a", "1-1"), ("b", "2-1")))
    assert "no updateinfo.xml is locked" in diff(old, new, store).unknown[0]


def test_locks_of_two_kinds_cannot_be_compared(tmp_path: Path, store: Store) -> None:
    old, new = lock(tmp_path / "old", "1-1"), lock(tmp_path / "new", "2-1")
    with pytest.raises(InputError, match=r"the one has rpms\.lock, the other images\.lock"):
        diff(old / "rpms.lock", new / "images.lock", store)


def test_a_single_lock_is_compared_with_its_like_in_a_folder(tmp_path: Path, store: Store) -> None:
    old, new = lock(tmp_path / "old", "1-1"), lock(tmp_path / "new", "2-1")
    assert [one.kind for one in diff(old / "rpms.lock", new, store).differences] == [Kind.UPGRADED]


def test_the_snapshots_of_epel_8_differ_as_upstream_changed() -> None:
    data = realdata.folder("repodata/epel8") / "repodata/epel8"
    old, new = (_snapshot(data, start) for start in ("1d678b", "272bd9"))
    by_kind: dict[Kind, set[str]] = defaultdict(set)
    for one in compare(*(Found(ReleaseLocks(rpms=lock), kinds=frozenset({"rpms.lock"})) for lock in (old, new))):
        by_kind[one.kind].add(one.name)
    assert by_kind == {Kind.UPGRADED: CHANGED, Kind.ADDED: {"cmrc-devel"}, Kind.REMOVED: {"gradio"}}
    (path,) = data.glob("*-updateinfo.xml.bz2")
    with path.open("rb") as file:
        change = advisory_change(updateinfo.advisories(file, CHANGED, where=path.name), old, new)
    assert (len(change.gained), len(change.lost)) == (12, 0)
    worst = change.gained[0]
    assert (worst.advisory.id, worst.advisory.severity) == ("FEDORA-EPEL-2025-a3c235642b", "Moderate")
    assert {course.name for course in worst.courses} == {name for name in CHANGED if name.startswith("trafficserver")}


def _snapshot(data: Path, start: str) -> RpmsLock:
    """All packages of a primary.xml as if they were locked."""
    (path,) = data.glob(f"{start}*-primary.xml.xz")
    packages = [
        LockedRpm(name, f"{epoch}:{version}-{release}".removeprefix("0:"), arch, "", "epel", 1, Digest("sha256", pkgid))
        for name, arch, epoch, version, release, pkgid in PACKAGE.findall(lzma.decompress(path.read_bytes()).decode())
    ]
    assert len(packages) == 10327
    return RpmsLock((RpmArch("x86_64", tuple(packages)),))
