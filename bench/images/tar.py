"""``python -m bench images tar [MIB [COUNT]]``: registry.tar beside `cp` of the same blobs; what a build writes."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.fetch import MANIFEST
from bench.images import made as sets
from bench.images.shared import checked, hashed, print_table
from bench.installed import install
from bench.measure import Command, Row, Sample, compare_all, run
from tests.registry_tar import Made

RUNS = 3


def main(mib: int, count: int) -> None:
    """Print all tables."""
    made = sets.images(mib, count)
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        (scratch / "m.yaml").write_text(MANIFEST)
        print_table(beside_cp(made, scratch))
        start(made, scratch)
        written(made, scratch)


def beside_cp(made: Made, scratch: Path) -> Iterator[Row]:
    """The archive written, beside `cp`; then also read back and verified, beside who does that; all from the cache."""
    target, copies = scratch / "registry.tar", scratch / "copies"

    def forget() -> None:
        target.unlink(missing_ok=True)
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        os.sync()

    ours = partial(_ours, made=made, target=target)
    subject = f"registry.tar of {len(made.images)} images, {made.size >> 20} MiB"
    sync, many = f"sync -f {scratch}", f"cp -r {sets.store(made)}/blobs {copies}"
    copying = {"cp of the archive": f"cp {made.path} {copies}", "cp -r of the blobs": many}
    peers = {name: _shell(words) for name, words in copying.items()}
    yield from compare_all(f"{subject}, written", ours("write"), peers, runs=RUNS, before=forget)
    peers = {f"{name}, sync": _shell(f"{words} && {sync}") for name, words in copying.items()}
    written = _shell(f"{shlex.join(ours('write'))} && {sync}")
    yield from compare_all(f"{subject}, written, sync", written, peers, runs=RUNS, before=forget)
    whole = _shell(f"{shlex.join(ours('compose'))} && {sync}")
    peers = {
        f"cp -r, sync, sha256sum -c on {os.cpu_count()} cores": _shell(
            f"{many} && {sync} && {checked(copies / 'blobs')}"
        ),
        "SHA-256 of the archive, one core": hashed(made.path, 1),
    }
    yield from compare_all(f"{subject}, written, sync, every blob verified", whole, peers, runs=RUNS, before=forget)
    forget()


def start(made: Made, scratch: Path) -> None:
    """What the rows above take before the first byte is copied, which a build has behind it."""
    sample = Sample()
    for _ in range(RUNS):
        run(_ours("plan", made=made, target=scratch / "registry.tar"), sample)
    print(f"\nOf each, start and plan: {sample.median:.2f} s, {sample.busy:.2f} s of processor time.", flush=True)


def _ours(what: str, *, made: Made, target: Path) -> list[str]:
    words = [sys.executable, "-m", "tests.compose_process", what, sets.lock(made), sets.store(made), target]
    return [str(word) for word in words]


def written(made: Made, scratch: Path) -> None:
    """What a build writes to the disk, in all."""
    own: list[str | Path] = ["-m", scratch / "m.yaml", "--locks", made.path.parent, "--store", sets.store(made)]
    airlock, iso, sample = install(scratch / "installed"), scratch / "bench.iso", Sample()
    os.sync()
    run([airlock, "build", "iso", "-q", *own, "-o", iso], sample)
    size = iso.stat().st_size
    print("\n| build iso | MiB |\n|---|---|")
    print(f"| blobs in the store | {made.size / (1 << 20):.0f} |\n| image | {size / (1 << 20):.0f} |")
    print(f"| written to the disk | {sample.written[-1] / (1 << 20):.0f} |", flush=True)
    print(f"\nIn {sample.median:.2f} s, {sample.busy:.2f} s of processor time, {sample.peak:.0f} MiB.", flush=True)


def _shell(command: str) -> Command:
    return ["sh", "-c", command]
