"""``python -m bench images load [MIB [COUNT]]``: a made registry.tar beside ``tar xf``; first pull; memory by size.

The tarball holds images that share layers, as the builder writes it. What is loaded is verified and on the disk when
the load ends; ``tar xf`` leaves it unverified in memory, so peers that do as much stand beside it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from airlock_core import strict_yaml
from airlock_core.locks.images import ImagesLock
from airlock_installer.serve.storage import RegistryStorage
from bench.images.shared import print_table
from bench.measure import Command, Row, Sample, compare, run
from tests.registry_tar import Made, make
from tests.standin.images import registry

RUNS = 3
SMALL_MIB = 200
PULLS = 3


def main(mib: int, count: int) -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        made = tarball(scratch / "large", mib, count)
        print_table(load_rows(made, scratch))
        first_pull(made, scratch)
        memory([tarball(scratch / "small", SMALL_MIB, count), made], scratch)


def tarball(folder: Path, mib: int, count: int) -> Made:
    """A registry.tar of images that share layers, with its lock beside it."""
    made = make(folder, images=count, size=mib << 20)
    shutil.rmtree(folder / "store")
    lock(made).write_text(strict_yaml.dumps(ImagesLock(made.images).to_data()))
    return made


def load_rows(made: Made, scratch: Path) -> Iterator[Row]:
    """The load beside what others do with the same file; nothing waits to be written when either begins."""
    storage, target = scratch / "storage", scratch / "unpacked"

    def forget() -> None:
        for path in (storage, target):
            shutil.rmtree(path, ignore_errors=True)
        target.mkdir()
        os.sync()

    subject = f"load of {len(made.images)} images, {made.size >> 20} MiB"
    unpack = f"tar xf {shlex.quote(str(made.path))} -C {target}"
    verify = f"cd {target}/blobs/sha256 && ls | sed 's/.*/&  &/' | sha256sum --quiet -c -"
    peers = (
        ("tar xf", unpack),
        ("tar xf, sync", f"{unpack} && sync -f {target}"),
        ("tar xf, sync, sha256sum -c", f"{unpack} && sync -f {target} && {verify}"),
    )
    for peer, words in peers:
        yield compare(subject, load(made, storage), peer, ["sh", "-c", words], runs=RUNS, before=forget)
    forget()
    run(load(made, storage), Sample())
    yield compare("load again: all is there", load(made, storage), "tar tf", ["tar", "tf", made.path], runs=RUNS)
    forget()


def first_pull(made: Made, scratch: Path) -> None:
    """Seconds from the start of a load until a client has a whole image from the registry that runs meanwhile."""
    image = made.images[0]
    print(f"\n| from an empty registry, {image.site_name} | median | longest |\n|---|---|---|")
    seconds: dict[str, list[float]] = {"first image visible": [], "and pulled whole": [], "all images loaded": []}
    for number in range(PULLS):
        state = scratch / f"site-{number}"
        tag = RegistryStorage(state / "storage").tag_link(image.ref.repository, str(image.tag))
        with registry.serve(state) as site, started(load(made, state / "storage")) as (begin, process):
            while not tag.is_file() and process.poll() is None:
                time.sleep(0.01)
            seconds["first image visible"].append(time.monotonic() - begin)
            pull(f"docker://{site.address}/{image.site_name}", scratch / "pulled")
            seconds["and pulled whole"].append(time.monotonic() - begin)
            process.wait()
            seconds["all images loaded"].append(time.monotonic() - begin)
        shutil.rmtree(state)
    for what, taken in seconds.items():
        print(f"| {what} | {statistics.median(taken):.2f} s | {max(taken):.2f} s |", flush=True)


def pull(source: str, target: Path) -> None:
    """Pull an image, all platforms."""
    shutil.rmtree(target, ignore_errors=True)
    words = ["skopeo", "--insecure-policy", "copy", "-q", "--all", "--src-tls-verify=false", source, f"dir:{target}"]
    subprocess.run(words, check=True)


@contextlib.contextmanager
def started(command: Command) -> Iterator[tuple[float, subprocess.Popen[bytes]]]:
    """A process that runs beside the block, and when it began."""
    begin = time.monotonic()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL) as process:
        try:
            yield begin, process
        finally:
            process.terminate()


def memory(tarballs: Sequence[Made], scratch: Path) -> None:
    """The peak memory of loads of several sizes."""
    print("\n| load of | peak memory |\n|---|---|")
    for made in tarballs:
        sample, storage = Sample(), scratch / "storage"
        run(load(made, storage), sample)
        shutil.rmtree(storage)
        print(f"| {made.size >> 20} MiB | {sample.peak:.1f} MiB |", flush=True)


def load(made: Made, storage: Path) -> Command:
    """The command that loads: the installer's own code, without the services around it."""
    return [sys.executable, "-m", "tests.load_process", made.path, lock(made), storage]


def lock(made: Made) -> Path:
    """The lock of a tarball."""
    return made.path.with_name("images.lock")
