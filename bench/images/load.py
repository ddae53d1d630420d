"""``python -m bench images load [MIB [COUNT]]``: a made registry.tar beside ``tar xf``; first pull; memory by size.

The tarball holds images that share layers, as the builder writes it. What is loaded is verified and on the disk when
the load ends; ``tar xf`` leaves it unverified in memory, so peers that do as much stand beside it, and what the machine
takes for the parts of it alone: to hash all bytes on all cores, and to bring them to the disk.
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

from bench.images import made as sets
from bench.images.shared import checked, hashed, print_table
from bench.measure import Command, Row, Sample, compare, compare_all, environment, run
from tests.integration.serve.pulls import Node
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made

RUNS = 3
SMALL_MIB = 200
PULLS = 3
REST = 5.0
"""Seconds: a disk that was just made to forget as many bytes is slower for a while, above all a virtual one."""
MEMORY = Path("/dev/shm")
"""Files that no disk has (shm_overview(7))."""


def main(mib: int, count: int) -> None:
    """Print all tables."""
    made, small = sets.images(mib, count), sets.images(SMALL_MIB, count)
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)  # the sites in it are read by others, nginx's workers
        print_table(load_rows(made, scratch))
        first_pull(made, scratch)
        pulled_back(small, scratch)
        memory([small, made], scratch)


def load_rows(made: Made, scratch: Path) -> Iterator[Row]:
    """The load beside what others do with the same file; each finds nothing waiting to be written and a rested disk."""
    storage, target = scratch / "storage", scratch / "unpacked"

    def forget() -> None:
        for path in (storage, target):
            shutil.rmtree(path, ignore_errors=True)
        target.mkdir()
        os.sync()
        time.sleep(REST)

    subject, cores = f"load of {len(made.images)} images, {made.size >> 20} MiB", os.cpu_count() or 1
    unpack, sync = f"tar xf {shlex.quote(str(made.path))} -C {target}", f"sync -f {target}"
    peers = {
        "tar xf": _shell(unpack),
        "tar xf, sync": _shell(f"{unpack} && {sync}"),
        f"tar xf, sync, sha256sum -c on {cores} cores": _shell(f"{unpack} && {sync} && {checked(target / 'blobs')}"),
        f"SHA-256 of the same bytes on {cores} cores, no more": hashed(made.path, cores),
        "dd of the same bytes, direct, fsync": _shell(
            f"dd if={made.path} of={target}/copy bs=1M oflag=direct conv=fsync status=none"
        ),
    }
    yield from compare_all(subject, load(made, storage), peers, runs=RUNS, before=forget)
    forget()
    run(load(made, storage), Sample())
    yield compare("load again: all is there", load(made, storage), "tar tf", ["tar", "tf", made.path], runs=RUNS)
    forget()


def _shell(command: str) -> Command:
    return ["sh", "-c", command]


def first_pull(made: Made, scratch: Path) -> None:
    """Seconds from the start of ``serve up`` on a new deployer until a client has an image, through nginx and TLS.

    The client takes what a node takes, the manifest of its own platform, and keeps it in memory: a node has a disk of
    its own, which does not write what is loaded meanwhile. How long the same pull takes when nothing is loaded says
    how much of it is the client's.
    """
    image = made.images[0]
    print(f"\n| `serve up` on a new deployer, {image.site_name} | median | longest |\n|---|---|---|")
    stages = ("registry answers", "first image visible", "and pulled whole", "all images loaded", "the same pull again")
    seconds: dict[str, list[float]] = {stage: [] for stage in stages}
    for _ in range(PULLS):
        os.sync()
        with (
            tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as target,
            site(made, scratch) as deployer,
            started(serve_up(deployer)) as (begin, process),
        ):
            reached = partial(_note, seconds, begin)
            _wait(process, lambda: not deployer.client.fault())
            reached("registry answers")
            _wait(process, deployer.storage.tag_link(image.ref.repository, str(image.tag)).is_file)
            reached("first image visible")
            pull(deployer, image.site_name, Path(target) / "pulled")
            reached("and pulled whole")
            _await_end(process)
            reached("all images loaded")
            reached = partial(_note, seconds, time.monotonic())
            pull(deployer, image.site_name, Path(target) / "again")
            reached("the same pull again")
    for what, taken in seconds.items():
        print(f"| {what} | {statistics.median(taken):.2f} s | {max(taken):.2f} s |", flush=True)


def pulled_back(made: Made, scratch: Path) -> None:
    """How many images real clients pull with the digest in images.lock, by their original names and nodes' files."""
    print(f"\n| pulled back, of {made.size >> 20} MiB | the digest in images.lock |\n|---|---|")
    with site(made, scratch) as deployer, tempfile.TemporaryDirectory() as folder:
        deployer.up()
        node = Node(deployer, Path(folder))
        clients = {"skopeo": node.skopeo, "podman": node.podman}
        for name, pulls in clients.items():
            if shutil.which(name):
                good = sum(pulls(image) == image.digest for image in made.images)
                print(f"| {_version(name)} | {good} of {len(made.images)} |", flush=True)


def _version(client: str) -> str:
    return subprocess.run([client, "--version"], check=True, capture_output=True, text=True).stdout.strip()


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
    """Pull an image, of this machine's platform."""
    words = ["skopeo", "--insecure-policy", "copy", "-q", f"--src-cert-dir={deployer.certificates}"]
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
    return [sys.executable, "-m", "tests.load_process", made.path, sets.lock(made), storage]
