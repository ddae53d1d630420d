"""``python -m bench images tar [MIB [COUNT]]``: registry.tar beside `cp` of the same blobs; what a build writes."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.fetch import MANIFEST
from bench.images import made as sets
from bench.images.shared import checked, hashed, print_table
from bench.installed import install
from bench.measure import Command, Row, Sample, compare, compare_all, run
from tests.registry_tar import Made

RUNS = 3


def main(mib: int, count: int) -> None:
    """Print all tables."""
    made = sets.images(mib, count)
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        (scratch / "m.yaml").write_text(MANIFEST)
        print_table(beside_cp(made, scratch))
        written(made, scratch)


def beside_cp(made: Made, scratch: Path) -> Iterator[Row]:
    """The archive written, beside `cp`; then also read back and verified, beside who does that; all from the cache."""
    target, copied = scratch / "registry.tar", scratch / "copied"

    def forget() -> None:
        target.unlink(missing_ok=True)
        shutil.rmtree(copied, ignore_errors=True)
        os.sync()

    def ours(what: str) -> list[str]:
        words = [sys.executable, "-m", "tests.compose_process", what, sets.lock(made), sets.store(made), target]
        return [str(word) for word in words]

    subject = f"registry.tar of {len(made.images)} images, {made.size >> 20} MiB"
    copy, sync = f"cp -r {sets.store(made)}/blobs {copied}", f"sync -f {scratch}"
    yield compare(f"{subject}, written", ours("write"), "cp", _shell(copy), runs=RUNS, before=forget)
    written = _shell(f"{shlex.join(ours('write'))} && {sync}")
    yield compare(
        f"{subject}, written, sync", written, "cp, sync", _shell(f"{copy} && {sync}"), runs=RUNS, before=forget
    )
    whole = _shell(f"{shlex.join(ours('compose'))} && {sync}")
    peers = {
        f"cp, sync, sha256sum -c on {os.cpu_count()} cores": _shell(f"{copy} && {sync} && {checked(copied)}"),
        "SHA-256 of the archive, one core": hashed(made.path, 1),
    }
    yield from compare_all(f"{subject}, written, sync, every blob verified", whole, peers, runs=RUNS, before=forget)
    forget()


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
