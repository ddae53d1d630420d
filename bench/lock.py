"""``python -m bench lock``: the packages that `airlock lock` chooses at the scale of Enterprise Linux, beside dnf's.

On CentOS Stream 9's metadata (BaseOS of 2022, AppStream of 2025) with the names of the platform's own ISO, weak
dependencies off: the same packages? Then random names, one and five at once; the time and memory of both programs, each
as its users have it installed (bench/installed.py); and EPEL 8's two snapshots, one after the other. All of the data is
real and none of it is the project's: it is looked for where the tests look. ``lock parity`` leaves the times out,
``lock times`` all else.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import platform
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import iterparse

import createrepo_c
import yaml

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import AirlockError
from airlock_core.rpmver import compare_evrs
from bench.installed import install
from bench.measure import Sample, compare, run
from tests import realdata
from tests.integration.rpms.asking import ask
from tests.repositories import reached

SINGLES, FIVES, SEED = 200, 50, 9
ASKED_AT_ONCE = 50
"""Cases of one process of dnf, which is taken to hang after ten minutes."""
PLATFORM = Platform(os="rocky", release="9.6")
Answer = list[str] | str
"""``NEVRA repo`` of each package, or why there are none."""
_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True)
class Ground:
    """The repositories, a folder for what comes of them, and the platform."""

    repos: Sequence[Repo]
    scratch: Path
    platform: Platform = PLATFORM

    def ours(self, names: Sequence[str], *, assume: Sequence[str] = ()) -> list[str]:
        """What we would lock.

        Raises:
            AirlockError: names that cannot be had, all of them.
        """
        rpms = Rpms(repos=tuple(self.repos), packages=tuple(names), assume=tuple(assume))
        cache = self.scratch / "metadata"
        with HttpClient() as http:
            found = closed_set([(None, rpms)], self.platform, reached(http, cache, rpms), cache)
        return sorted(f"{nevra} {repoid}" for nevra, repoid in found)

    def answer(self, names: Sequence[str]) -> Answer:
        """What we would lock, or why we would not."""
        try:
            return self.ours(names)
        except AirlockError as fault:
            return str(fault)

    def theirs(self, cases: Sequence[Sequence[str]]) -> list[Answer]:
        """What dnf would install in each case."""
        asked = [{"install": list(names)} for names in cases]
        some = [asked[at : at + ASKED_AT_ONCE] for at in range(0, len(asked), ASKED_AT_ONCE)]
        root, major = self.scratch / "dnf-root", self.platform.major
        answers = [one for part in some for one in ask(self.repos, part, root, major=major)]
        return [one["error"] if "error" in one else one["packages"] for one in answers]


def main(words: Sequence[str] = ()) -> None:
    """Print the tables."""
    print(f"{os.cpu_count()} cores, {platform.freedesktop_os_release()['PRETTY_NAME']}\n")
    data = realdata.folder("repodata", "burrito/rocky9/burrito_rpm.txt")
    with tempfile.TemporaryDirectory(prefix="airlock-bench-lock-") as folder:
        scratch = Path(folder)
        ground = Ground(_cs9(data), scratch)
        asked = (data / "burrito/rocky9/burrito_rpm.txt").read_text().split()
        good = _resolvable(ground, asked)
        if "parity" not in words:
            _times(ground, data, good)
        if "times" in words:
            return
        _parity(ground, asked, good)
        _epel(data / "repodata/epel8", scratch)


def _cs9(data: Path) -> list[Repo]:
    return [
        Repo(id=name, baseurl=(f"file://{data}/repodata/cs9-{name}",), gpgkey=()) for name in ("baseos", "appstream")
    ]


def _resolvable(ground: Ground, names: Sequence[str]) -> list[str]:
    """The names that can be had: those that errors name are taken out until there is none."""
    left = list(names)
    while True:
        try:
            ground.ours(left)
        except AirlockError as fault:
            bad = {word for one in getattr(fault, "faults", (fault,)) for word in _QUOTED.findall(one.what)}
            left = [name for name in left if name not in bad]
        else:
            return left


def _times(ground: Ground, data: Path, names: Sequence[str]) -> None:
    manifest, store, cache = (ground.scratch / name for name in ("release.yaml", "store", "dnf-cache"))
    manifest.write_text(yaml.safe_dump({
        "apiVersion": "airlock/v1",
        "kind": "Release",
        "metadata": {"name": "cs9", "version": "1", "number": 1},
        "platform": {"os": "rocky", "release": "9.6"},
        "rpms": {"repos": [{"id": repo.id, "baseurl": list(repo.baseurl)} for repo in ground.repos]},
    }))  # fmt: skip
    airlock = install(ground.scratch / "installed")
    ours: list[str | Path] = [airlock, "lock", "--dry-run", "-q", "-m", manifest, "--store", store, *names]
    theirs: list[str | Path] = [
        "/bin/sh", "-c", 'dnf "$@" | grep -q "Total download size"', "sh", "--installroot", ground.scratch / "root",
        f"--setopt=cachedir={cache}", "--releasever=9", "--assumeno", "--nogpgcheck",
        *(f"--repofrompath={repo.id},{repo.baseurl[0]}" for repo in ground.repos), "--repo=baseos", "--repo=appstream",
        "--setopt=module_platform_id=platform:el9", "--setopt=install_weak_deps=0", "install", *names,
    ]  # fmt: skip

    def forget() -> None:
        shutil.rmtree(store, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)

    print("median of 5 runs in turn, peak memory; ratio: ours to the peer's, below 1 is faster\n")
    print("| what | airlock | peer | peer's | ratio |\n|---|---|---|---|---|")
    subject = f"lock --dry-run, {len(names)} names of 18,774 packages"
    print(compare(f"{subject}, cold", ours, "dnf install --assumeno", theirs, runs=5, before=forget).markdown())
    run(ours, Sample())  # the last of the cold runs left the peer's cache alone
    print(compare(f"{subject}, warm", ours, "dnf install --assumeno", theirs, runs=5).markdown(), flush=True)


def _parity(ground: Ground, asked: Sequence[str], good: Sequence[str]) -> None:
    bad = sorted(set(asked) - set(good))
    print("\n| compared with dnf | cases | the same | neither can | differ |\n|---|---|---|---|---|")
    compared(ground, f"the {len(good)} names that can be had, at once", [list(good)])
    compared(ground, "the names that cannot, one by one", [[name] for name in bad])
    made = random.Random(SEED)
    names = sorted({name for repo in ground.repos for name in _names(repo)})
    compared(ground, f"random names (seed {SEED})", [[name] for name in made.sample(names, SINGLES)])
    compared(ground, "random names, five at once", [made.sample(names, 5) for _ in range(FIVES)])


def compared(ground: Ground, subject: str, cases: Sequence[Sequence[str]]) -> None:
    """Print the row of some cases, and below it those that differ."""
    same, neither = 0, 0
    differ: list[str] = []
    with ThreadPoolExecutor(1) as beside:  # dnf is another process: each has a core
        asked = beside.submit(ground.theirs, cases)
        answers = [ground.answer(names) for names in cases]
    for names, ours, theirs in zip(cases, answers, asked.result(), strict=True):
        if isinstance(ours, str) and isinstance(theirs, str):
            neither += 1
        elif ours == theirs:
            same += 1
        else:
            differ.append(f"  {' '.join(names[:5])}: {_difference(ours, theirs)}")
    print(f"| {subject} | {len(cases)} | {same} | {neither} | {len(differ)} |", *differ, sep="\n", flush=True)


def _difference(ours: Answer, theirs: Answer) -> str:
    if isinstance(ours, str) or isinstance(theirs, str):
        return (
            f"we say {ours if isinstance(ours, str) else 'yes'!r}, dnf {theirs if isinstance(theirs, str) else 'yes'!r}"
        )
    return f"we alone {sorted(set(ours) - set(theirs))}, dnf alone {sorted(set(theirs) - set(ours))}"


def _names(repo: Repo) -> Iterator[str]:
    (primary,) = Path(repo.baseurl[0].removeprefix("file://")).glob("repodata/*-primary.xml.gz")
    with gzip.open(primary) as stream:
        for _, element in iterparse(stream):
            if element.tag.endswith("}name"):
                yield element.text or ""
            if element.tag.endswith("}package"):
                element.clear()


def _epel(folder: Path, scratch: Path) -> None:
    """Every package of two snapshots, each alone: what lies between the locks is what lies between the snapshots."""
    snapshots = sorted(folder.glob("*-primary.xml.xz"))
    facts = [_newest(path) for path in snapshots]
    locks = []
    for number, path in enumerate(snapshots):
        base = scratch / f"epel-{number}"
        write_repo(base, path.name, path.read_bytes())
        ground = Ground([Repo(id="epel", baseurl=(f"file://{base}",))], scratch)
        names = sorted({key.rpartition(".")[0] for key in facts[number]})
        locks.append(_alone(ground, names))
    upstream = _changes(*facts)
    ours = _changes(*({_key(line): line for line in lock} for lock in locks))
    chosen = {_key(line) for lock in locks for line in lock}
    expected = {key for key in upstream if key in chosen}
    differ = expected ^ ours
    print("\n| EPEL 8 | packages | changed upstream | changed in the lock | differ |\n|---|---|---|---|---|")
    counts = " | ".join(str(len(one)) for one in (locks[1], expected, ours, differ))
    print(f"| locked against one snapshot, then the other | {counts} |")
    print(*(f"  {key}" for key in sorted(differ)), sep="\n")


def _alone(ground: Ground, names: Sequence[str]) -> list[str]:
    """The newest build of each name; those that conflict with others are left out."""
    left = list(names)
    while True:
        try:
            return ground.ours(left, assume=["*"])
        except AirlockError as fault:
            bad = {word for one in getattr(fault, "faults", (fault,)) for word in _QUOTED.findall(one.what)}
            left = [name for name in left if name not in bad]


def _key(line: str) -> str:
    nevra = line.partition(" ")[0]
    return f"{nevra.rsplit('-', 2)[0]}.{nevra.rpartition('.')[2]}"


def _changes(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def _newest(path: Path) -> dict[str, str]:
    """The newest build of each name and architecture, as createrepo_c reads the metadata."""
    found: dict[str, createrepo_c.Package] = {}

    def add(package: createrepo_c.Package) -> None:
        key = f"{package.name}.{package.arch}"
        if key not in found or compare_evrs(_evr(package), _evr(found[key])) > 0:
            found[key] = package

    with tempfile.NamedTemporaryFile(suffix="-primary.xml") as unpacked:
        unpacked.write(lzma.decompress(path.read_bytes()))
        unpacked.flush()
        createrepo_c.xml_parse_primary(unpacked.name, pkgcb=add, do_files=False)
    return {key: _evr(package) for key, package in found.items()}


def _evr(package: createrepo_c.Package) -> str:
    return f"{package.epoch or 0}:{package.version}-{package.release}"


def write_repo(base: Path, name: str, primary: bytes) -> None:
    """A repository of one metadata file, which the data has without its repomd.xml."""
    folder = base / "repodata"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(primary)
    (folder / "repomd.xml").write_text(
        '<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision><data type="primary">'
        f'<checksum type="sha256">{hashlib.sha256(primary).hexdigest()}</checksum><size>{len(primary)}</size>'
        f'<location href="repodata/{name}"/></data></repomd>'
    )


if __name__ == "__main__":
    main(sys.argv[1:])
