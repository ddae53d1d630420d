"""``python -m bench scale [COUNT…]``: releases of so many RPMs from lock to ISO, beside peers, and how the times grow.

The packages are the synthetic repository's, served over HTTP by the stand-in; all of them are asked for, by ``"*"``.
"""

from __future__ import annotations

import math
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.installed import install, interpreter, program
from bench.measure import Command, Sample, run
from tests.standin import synthetic
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve

COUNTS = (1000, 3000, 10000)


@dataclass(frozen=True)
class Step:
    """One thing to measure.

    Args:
        name: what it is.
        ours, theirs: the commands.
        peer: the peer's name.
        before: puts the state back before either, not timed.
    """

    name: str
    ours: Command
    peer: str
    theirs: Command
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Ground:
    """Where one release of a number of packages is made.

    Args:
        count: how many.
        repo: the folder of the upstream's repository.
        address: the server's ``host:port``.
        folder: an empty folder for all else.
        installed: the environment that has airlock as users have it.
    """

    count: int
    repo: Path
    address: str
    folder: Path
    installed: Path

    @property
    def manifest(self) -> Path:
        return self.folder / "manifest.yaml"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def iso(self) -> Path:
        return self.folder / "scale.iso"

    def prepare(self) -> None:
        """Make the folder, with the manifest in it."""
        self.folder.mkdir()
        url = f"http://standin.test/{self.count}"
        repo = {"id": "synthetic", "baseurl": url, "gpgkey": [str(PUBLIC_KEY)], "repo_gpgcheck": True}
        head = {"apiVersion": "airlock/v1", "kind": "Release", "platform": {"os": "rocky", "release": "9.4"}}
        metadata = {"metadata": {"name": "scale", "version": "1.0", "number": 1}}
        self.manifest.write_text(yaml.safe_dump({**head, **metadata, "rpms": {"repos": [repo], "packages": ["*"]}}))

    def airlock(self, *words: str | Path) -> Command:
        """One command of ours."""
        network = ["--mirror", f"standin.test={self.address}"] if words[0] in ("lock", "fetch") else []
        return [program(self.installed), *words, "-q", "-m", self.manifest, "--store", self.store, *network]

    def dnf(self, *words: str, says: str) -> Command:
        """dnf at work on the same upstream; told "no" in the end it fails: its words count, not its status."""
        cache, url = self.folder / "dnf-cache", f"http://{self.address}/{self.count}"
        options = [
            "--installroot", str(self.folder / "root"), f"--setopt=cachedir={cache}", "--setopt=reposdir=",
            "--releasever=9", "--setopt=module_platform_id=platform:el9", "--setopt=keepcache=1",
            f"--repofrompath=synthetic,{url}", "--repo=synthetic", f"--setopt=synthetic.gpgkey=file://{PUBLIC_KEY}",
            "--setopt=synthetic.gpgcheck=1", "--setopt=max_parallel_downloads=8",
        ]  # fmt: skip
        command = shlex.join(["dnf", *options, *words])
        return [
            "sh",
            "-c",
            f"{command} > {self.folder}/dnf.txt 2>&1; grep -q {shlex.quote(says)} {self.folder}/dnf.txt",
        ]

    def forget(self, *names: str) -> Callable[[], None]:
        """What removes folders."""

        def remove() -> None:
            for name in names:
                shutil.rmtree(self.folder / name, ignore_errors=True)

        return remove


def steps(ground: Ground) -> list[Step]:
    """All steps in their order: each leaves what the next one needs."""
    return [*_lock_and_fetch(ground), *_metadata(ground), *_medium(ground)]


def _lock_and_fetch(ground: Ground) -> list[Step]:
    lock, fetch = ground.airlock("lock"), ground.airlock("fetch")
    solve = ground.dnf("install", "--assumeno", "*", says="Operation aborted")
    download = ground.dnf("install", "--assumeyes", "--downloadonly", "*", says="Complete!")
    solved, downloaded = "dnf install --assumeno, no signatures", "dnf install --downloadonly"
    nothing = ground.forget("locks", "store/metadata", "dnf-cache")
    return [
        Step("lock, nothing cached", lock, solved, solve, nothing),
        Step("lock again", lock, solved, solve),
        Step("fetch, empty store", fetch, downloaded, download, ground.forget("store/blobs", "store/metadata/signed")),
        Step("fetch again", fetch, downloaded, download),
    ]


def _metadata(ground: Ground) -> list[Step]:
    medium, theirs = ground.folder / "medium", ground.folder / "createrepo"
    python = interpreter(ground.installed)
    ours: Command = [python, "-m", "bench.repodata", ground.manifest, ground.store, medium]
    createrepo = f"mkdir -p {theirs}; createrepo_c -q --no-database --compress-type gz -o {theirs} {ground.repo}"
    nothing = ground.forget("store/metadata/repodata", "medium", "createrepo")
    return [
        Step("metadata, nothing described", ours, "createrepo_c", ["sh", "-c", createrepo], nothing),
        Step("metadata again", ours, "createrepo_c --update", ["sh", "-c", f"{createrepo} --update"]),
    ]


def _medium(ground: Ground) -> list[Step]:
    copied = ground.folder / "copied"
    copy = f"cp -rL {ground.repo}/Packages {copied} && sync -f {copied}"
    build = ground.airlock("build", "iso", "-o", ground.iso)
    verify: Command = [program(ground.installed), "verify", "-q", ground.iso]
    return [
        Step("build iso", build, "cp and sync of the packages", ["sh", "-c", copy]),
        Step("verify", verify, "sha256sum of the ISO", ["sha256sum", ground.iso]),
    ]


def measured(ground: Ground) -> Iterator[tuple[Step, Sample, Sample]]:
    """Each step, ours and the peer's, once."""
    for step in steps(ground):
        samples = Sample(), Sample()
        step.before()
        for command, sample in zip((step.ours, step.theirs), samples, strict=True):
            run(command, sample)
        yield step, *samples


def read_by_dnf(ground: Ground) -> str:
    """What dnf finds in the metadata that we made."""
    options = [
        "dnf", "-q", "--installroot", str(ground.folder / "root2"), f"--setopt=cachedir={ground.folder / 'cache2'}",
        "--setopt=reposdir=", "--releasever=9", "--setopt=module_platform_id=platform:el9",
        f"--repofrompath=medium,{(ground.folder / 'medium/BaseOS').as_uri()}", "--repo=medium", "--nogpgcheck",
    ]  # fmt: skip

    def told(*words: str) -> list[str]:
        done = subprocess.run([*options, *words], check=True, capture_output=True, text=True)
        return [line for line in done.stdout.splitlines() if line.strip()]

    told("makecache")
    packages = told("repoquery", "--qf", "%{name}")
    groups = [line for line in told("group", "list", "--ids", "-v") if "programs-" in line]
    modules = [line for line in told("module", "list") if "[d]" in line]
    return f"{len(packages)} packages, {len(groups)} groups, {len(modules)} module streams"


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    counts = [int(word) for word in arguments] or list(COUNTS)
    repos = {count: synthetic.build(count) for count in counts}
    print(f"{os.cpu_count()} cores, {platform.freedesktop_os_release()['PRETTY_NAME']}; one run each, in turn;")
    print("wall seconds, processor seconds, peak MiB; ratio: our wall time to the peer's, below 1 is faster")
    taken: dict[str, list[tuple[int, Sample]]] = {}
    with tempfile.TemporaryDirectory(prefix="airlock-scale-") as scratch, _serving(repos) as server:
        installed = Path(scratch, "installed")
        install(installed)
        for count in counts:
            ground = Ground(count, repos[count], server.address, Path(scratch, str(count)), installed)
            ground.prepare()
            for name, sample in _table(ground):
                taken.setdefault(name, []).append((count, sample))
            print(f"\ndnf reads in our metadata: {read_by_dnf(ground)}", flush=True)
            shutil.rmtree(ground.folder)
    if len(counts) > 1:
        _growth(counts, taken)


def _table(ground: Ground) -> Iterator[tuple[str, Sample]]:
    print(f"\n| {ground.count} packages | airlock | peer | peer's | ratio |\n|---|---|---|---|---|", flush=True)
    for step, ours, theirs in measured(ground):
        ratio = ours.median / theirs.median
        print(f"| {step.name} | {_told(ours)} | {step.peer} | {_told(theirs)} | {ratio:.2f} |", flush=True)
        yield step.name, ours


def _growth(counts: Sequence[int], taken: dict[str, list[tuple[int, Sample]]]) -> None:
    print(f"\n| processor time, peak | {' | '.join(map(str, counts))} | exponent |\n|---|{'---|' * len(counts)}---|")
    for name, samples in taken.items():
        cells = " | ".join(f"{sample.busy:.2f} s, {sample.peak:.0f} MiB" for _, sample in samples)
        print(f"| {name} | {cells} | {_exponent(samples):.2f} |")


def _serving(repos: dict[int, Path]) -> AbstractContextManager[FaultyServer]:
    return serve(files.source({f"/{count}/": repo for count, repo in repos.items()}))


def _told(sample: Sample) -> str:
    return f"{sample.median:.2f} s, {sample.busy:.2f} s, {sample.peak:.0f} MiB"


def _exponent(samples: Sequence[tuple[int, Sample]]) -> float:
    """How processor time grows with the number of packages: 1 is linear."""
    (first, small), (last, large) = samples[0], samples[-1]
    return math.log(large.busy / small.busy) / math.log(last / first)
