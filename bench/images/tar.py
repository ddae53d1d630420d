"""``python -m bench images tar [MIB [COUNT]]``: registry.tar beside `cp` of the same blobs; what a build writes."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from airlock_core.locks import ReleaseLocks
from airlock_core.locks.images import ImagesLock
from bench.fetch import MANIFEST
from bench.images.shared import print_table
from bench.installed import install
from bench.measure import Command, Row, Sample, compare, run
from tests.registry_tar import Made, make

RUNS = 3


def main(mib: int, count: int) -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        made = make(scratch, images=count, size=mib << 20)
        made.path.unlink()
        ReleaseLocks(images=ImagesLock(made.images)).write(scratch / "locks")
        (scratch / "m.yaml").write_text(MANIFEST)
        print_table(beside_cp(made, scratch))
        written(made, scratch)


def beside_cp(made: Made, scratch: Path) -> Iterator[Row]:
    """The archive, every blob verified, beside copies that verify nothing and one that does; all in the page cache."""
    store, target, copied = scratch / "store", scratch / "registry.tar", scratch / "copied"
    ours: Command = [sys.executable, "-m", "tests.compose_process", scratch / "locks/images.lock", store, target]

    def forget() -> None:
        target.unlink(missing_ok=True)
        shutil.rmtree(copied, ignore_errors=True)
        os.sync()

    subject = f"registry.tar of {len(made.images)} images, {made.size >> 20} MiB"
    copy = f"cp -r {store}/blobs {copied}"
    verify = f"cd {copied}/sha256 && ls | sed 's/.*/&  &/' | sha256sum --quiet -c -"
    tail = f"&& sync -f {scratch}"
    whole = ["sh", "-c", f"{shlex.join(str(word) for word in ours)} {tail}"]
    yield compare(subject, ours, "cp", ["sh", "-c", copy], runs=RUNS, before=forget)
    yield compare(f"{subject}, sync", whole, "cp, sync", ["sh", "-c", f"{copy} {tail}"], runs=RUNS, before=forget)
    verified = ["sh", "-c", f"{copy} && {verify} {tail}"]
    yield compare(f"{subject}, sync", whole, "cp, sha256sum -c, sync", verified, runs=RUNS, before=forget)
    forget()


def written(made: Made, scratch: Path) -> None:
    """What a build writes to the disk, in all."""
    own: list[str | Path] = ["-m", scratch / "m.yaml", "--locks", scratch / "locks", "--store", scratch / "store"]
    airlock, iso, sample = install(scratch / "installed"), scratch / "bench.iso", Sample()
    os.sync()
    run([airlock, "build", "iso", "-q", *own, "-o", iso], sample)
    size = iso.stat().st_size
    print("\n| build iso | MiB |\n|---|---|")
    print(f"| blobs in the store | {made.size / (1 << 20):.0f} |\n| image | {size / (1 << 20):.0f} |")
    print(f"| written to the disk | {sample.written[-1] / (1 << 20):.0f} |", flush=True)
    print(f"\nIn {sample.median:.2f} s, {sample.busy:.2f} s of processor time, {sample.peak:.0f} MiB.", flush=True)
