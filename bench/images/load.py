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
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from airlock_core import strict_yaml
from airlock_core.locks.images import ImagesLock
from bench.images.shared import hashing_together, print_table
from bench.measure import Command, Row, Sample, compare, environment, run
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made, make

RUNS = 3
SMALL_MIB = 200
PULLS = 3


def main(mib: int, count: int) -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)  # the sites in it are read by others, nginx's workers
        made = tarball(scratch / "large", mib, count)
        print_table(load_rows(made, scratch))
        bounds(made, scratch)
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


def bounds(made: Made, scratch: Path) -> None:
    """What no load can go below: all bytes hashed by all cores, and all bytes on the disk, each with nothing else."""
    target = scratch / "copy"
    words = ["dd", f"if={made.path}", f"of={target}", "bs=1M", "oflag=direct", "conv=fsync", "status=none"]
    copied = Sample()
    for _ in range(RUNS):
        run(words, copied)
        target.unlink()
    hashed = statistics.median(hashing_together() for _ in range(RUNS))
    print("\n| of the same bytes | median |\n|---|---|")
    print(f"| SHA-256 alone, {os.cpu_count()} cores at once | {made.size / hashed:.2f} s |")
    print(f"| to the disk alone: dd, direct, fsync | {copied.median:.2f} s |", flush=True)


def first_pull(made: Made, scratch: Path) -> None:
    """Seconds from the start of ``serve up`` on a new deployer until a client has an image, through nginx and TLS."""
    image = made.images[0]
    print(f"\n| `serve up` on a new deployer, {image.site_name} | median | longest |\n|---|---|---|")
    seconds: dict[str, list[float]] = {"registry answers": [], "first image visible": [], "and pulled whole": []}
    seconds["all images loaded"] = []
    for _ in range(PULLS):
        with site(made, scratch) as deployer, started(serve_up(deployer)) as (begin, process):
            reached = partial(_note, seconds, begin)
            _wait(process, lambda: not deployer.client.fault())
            reached("registry answers")
            _wait(process, deployer.storage.tag_link(image.ref.repository, str(image.tag)).is_file)
            reached("first image visible")
            pull(deployer, image.site_name, scratch / "pulled")
            reached("and pulled whole")
            _await_end(process)
            reached("all images loaded")
    for what, taken in seconds.items():
        print(f"| {what} | {statistics.median(taken):.2f} s | {max(taken):.2f} s |", flush=True)


def _note(seconds: dict[str, list[float]], begin: float, what: str) -> None:
    seconds[what].append(time.monotonic() - begin)


def _wait(process: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    while process.poll() is None and not reached():
        time.sleep(0.01)


def _await_end(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is None or process.stdout.readline() != b"up\n":
        raise SystemExit("bench: serve up failed")


def serve_up(deployer: Site) -> Command:
    """The command that starts the services and loads, as a process of its own."""
    ports = (deployer.endpoints.repo, deployer.endpoints.registry, deployer.endpoints.backend)
    return [sys.executable, "-m", "tests.serve_process", deployer.layout.root, *map(str, ports)]


def pull(deployer: Site, name: str, target: Path) -> None:
    """Pull an image, all platforms."""
    shutil.rmtree(target, ignore_errors=True)
    words = ["skopeo", "--insecure-policy", "copy", "-q", "--all", f"--src-cert-dir={deployer.certificates}"]
    subprocess.run([*words, f"docker://{deployer.address}/{name}", f"dir:{target}"], check=True)


@contextlib.contextmanager
def started(command: Command) -> Iterator[tuple[float, subprocess.Popen[bytes]]]:
    """A process that runs beside the block and ends when its input does, and when it began."""
    words = [str(word) for word in command]
    begin = time.monotonic()
    with subprocess.Popen(words, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield begin, process


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
