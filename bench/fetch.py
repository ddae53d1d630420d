"""``python -m bench fetch [COUNT MIB]``: files over loopback beside curl; the rate that is kept; how long Ctrl-C takes.

The server is nginx, so that what is measured is the client. Nothing else should use the machine meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import random
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from airlock_core.digest import of_file
from airlock_core.locks import FilesLock, LockedFile, ReleaseLocks
from bench.installed import install, program
from bench.measure import compare
from tests.standin.upstream import files
from tests.standin.upstream.server import serve

INSTALLED = "installed"
"""The folder in the scratch folder where airlock is, as users have it."""
JOBS = "8"
SEED = 3
RATES = (("500K", 10), ("5M", 100), ("50M", 1000))
"""Limits, and MiB fetched under each: 20 seconds' worth."""
INTERRUPTS = 20
MANIFEST = """\
apiVersion: airlock/v1
kind: Release
metadata: {name: bench, version: "1", number: 1}
platform: {os: rocky, release: "8.10", arch: x86_64}
"""


def main(words: Sequence[str]) -> None:
    """Print all tables."""
    count, mib = map(int, words) if words else (600, 2048)
    print(f"{os.cpu_count()} cores, {platform.freedesktop_os_release()['PRETTY_NAME']}, {curl()}, {nginx_version()}\n")
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        (scratch / "m.yaml").write_text(MANIFEST)
        install(scratch / INSTALLED)
        names = payload(scratch / "www", count, mib << 20)
        with nginx(scratch) as address:
            beside_curl(scratch, address, names)
            rates(scratch, address)
        interrupts(scratch)


def beside_curl(scratch: Path, address: str, names: Sequence[str]) -> None:
    """Fetch all beside curl, which checks nothing, and beside curl with a check of each file as a fetch makes it."""
    print("| what | airlock | peer | peer's | ratio |\n|---|---|---|---|---|")
    lock(scratch / "www", names, address, scratch / "locks")
    config = "\n".join(f'url = "http://{address}/{name}"\noutput = "{scratch}/curl/{name}"' for name in names)
    (scratch / "curl.conf").write_text(config)
    sums = "".join(f"{of_file(scratch / 'www' / name).hex}  {scratch}/curl/{name}\n" for name in names)
    (scratch / "SHA256SUMS").write_text(sums)
    get = shlex.join(["curl", "-sS", "-f", "-Z", "--parallel-max", JOBS, "-K", str(scratch / "curl.conf")])
    check = f"xargs -a {scratch}/list -P {os.cpu_count()} -n 20 sha256sum > {scratch}/found"
    (scratch / "list").write_text("".join(f"{scratch}/curl/{name}\n" for name in names))
    compared = f"sort -k2 {scratch}/found > {scratch}/a; sort -k2 {scratch}/SHA256SUMS | cmp - {scratch}/a"
    sync = f"sync -f {scratch}/curl"
    peers = (
        ("curl -Z --parallel-max 8", get),
        ("the same, then sync and sha256sum on all cores", f"{get} && {sync} && {check} && {compared}"),
    )
    what = f"fetch, {len(names)} files, {sum((scratch / 'www' / name).stat().st_size for name in names) >> 20} MiB"
    for peer, words in peers:
        ours = fetch(scratch, "-j", JOBS, "--per-host", JOBS)
        print(compare(what, ours, peer, ["sh", "-c", words], before=lambda: forget(scratch)).markdown(), flush=True)
    stat = ["sh", "-c", f"xargs -a {scratch}/list stat > /dev/null"]
    print(compare("fetch again: all is there", fetch(scratch), "stat of each file", stat).markdown(), flush=True)


def rates(scratch: Path, address: str) -> None:
    """What a limited fetch brings a second, by the bytes and the seconds that it tells itself."""
    print("\n| --limit-rate | bytes | seconds | bytes a second | of the limit |\n|---|---|---|---|---|")
    for text, mib in RATES:
        names = payload(scratch / "www" / text, 24, mib << 20)
        lock(scratch / "www", [f"{text}/{name}" for name in names], address, scratch / "locks")
        shutil.rmtree(scratch / "store", ignore_errors=True)
        words = fetch(scratch, "-j", JOBS, "--per-host", JOBS, "--limit-rate", text, "--json")
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
        size = json.loads(done.stdout)["new_bytes"]
        seconds = json.loads(done.stdout)["seconds"]
        limit = int(text[:-1]) * {"K": 1 << 10, "M": 1 << 20}[text[-1]]
        print(
            f"| {text} | {size} | {seconds:.2f} | {size / seconds:.0f} | {100 * size / seconds / limit:.1f} % |",
            flush=True,
        )


def interrupts(scratch: Path) -> None:
    """How long a fetch goes on after SIGINT, whatever it waits for."""
    print(f"\n| when Ctrl-C comes, of {INTERRUPTS} | median | longest |\n|---|---|---|")
    names = payload(scratch / "slow", 16, 16 << 20)
    with serve(files.source({"/": scratch / "slow"})) as server:
        lock(scratch / "slow", names, server.address, scratch / "locks")
        states: tuple[tuple[str, Callable[[], None]], ...] = (
            ("8 transfers trickle", lambda: server.faults.slow("/*", seconds=0.05, chunk=2000)),
            (
                "the server is silent in the middle of bodies",
                lambda: server.faults.stall("/*", after=5000, seconds=60),
            ),
            ("the server does not answer", lambda: server.faults.mute("/*", seconds=60)),
        )
        for name, begin in states:
            server.faults.clear()
            begin()
            print(row(name, [ended(scratch) for _ in range(INTERRUPTS)]), flush=True)
    with hung() as address:
        lock(scratch / "slow", names, address, scratch / "locks")
        print(row("connections are not made", [ended(scratch) for _ in range(INTERRUPTS)]), flush=True)


def row(name: str, seconds: Sequence[float]) -> str:
    """One line of the table of interrupts."""
    return f"| {name} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s |"


def ended(scratch: Path) -> float:
    """Seconds from SIGINT to the end of a fetch that has run for a while."""
    shutil.rmtree(scratch / "store", ignore_errors=True)
    words = [str(word) for word in fetch(scratch, "-j", JOBS, "--per-host", JOBS)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, **quiet) as process:  # type: ignore[call-overload]
        while not list(scratch.glob("store/parts/*")):
            time.sleep(0.05)
        time.sleep(0.5)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        if process.wait(30) != 128 + signal.SIGINT:
            raise SystemExit(f"bench: status {process.returncode} of an interrupted fetch")
        return time.monotonic() - begin


def fetch(scratch: Path, *options: str) -> list[str | Path]:
    """The command."""
    own: list[str | Path] = ["-m", scratch / "m.yaml", "--locks", scratch / "locks", "--store", scratch / "store"]
    return [program(scratch / INSTALLED), "fetch", *own, *options]


def forget(scratch: Path) -> None:
    """Begin anew, with nothing waiting to be written."""
    shutil.rmtree(scratch / "store", ignore_errors=True)
    shutil.rmtree(scratch / "curl", ignore_errors=True)
    (scratch / "curl").mkdir()
    os.sync()


def payload(folder: Path, count: int, total: int) -> list[str]:
    """Files of sizes as those of packages are, many small and few large; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(SEED)
    weights = [chance.lognormvariate(0, 1.5) for _ in range(count)]
    names = []
    for number, weight in enumerate(weights):
        names.append(f"package-{number:04}-1.0-1.el8.x86_64.rpm")
        (folder / names[-1]).write_bytes(os.urandom(max(1, int(total * weight / sum(weights)))))
    return names


def lock(www: Path, names: Sequence[str], address: str, folder: Path) -> None:
    """Lock files where they are served."""
    locked = [
        LockedFile(f"{address}/{name}", f"http://{address}/{name}", of_file(www / name), (www / name).stat().st_size)
        for name in names
    ]
    ReleaseLocks(files=FilesLock(tuple(locked))).write(folder)


@contextlib.contextmanager
def nginx(scratch: Path) -> Iterator[str]:
    """Serve the payload on loopback; HOST:PORT."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    paths = " ".join(
        f"{kind}_temp_path {scratch}/tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (scratch / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {scratch}/nginx.pid; error_log {scratch}/nginx.log;\n"
        f"events {{}}\nhttp {{ access_log off; sendfile on; keepalive_requests 100000; {paths}\n"
        f"server {{ listen 127.0.0.1:{port}; root {scratch}/www; }} }}\n"
    )
    scratch.chmod(0o755)  # its worker is another user
    with subprocess.Popen(["nginx", "-c", scratch / "nginx.conf", "-e", scratch / "nginx.log"]) as process:
        try:
            wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit("bench: nginx does not listen")


@contextlib.contextmanager
def hung() -> Iterator[str]:
    """An address whose connections are never made: so many wait already that the kernel answers no more."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"


def curl() -> str:
    """curl's name and version."""
    return " ".join(
        subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[:2]
    )


def nginx_version() -> str:
    """nginx's name and version."""
    return subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr.strip().partition(": ")[2]
