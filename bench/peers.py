"""``python -m bench peers``: the demo's build beside `cp`, verify beside `sha256sum`, lock beside `dnf`, in one run.

The demo must have been built once (`make demo`), so that its locks and store are there: what is measured is the tool.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.measure import Row, compare
from tests.standin.upstream import Upstream
from tools.demo import AIRLOCK, ISO, MANIFEST

BIG_REPO = "/pebble/8/BaseOS"
REQUESTS = ("pebble-base", "python3.11", "nginx", "docker-distribution", "chrony", "haproxy", "keepalived", "skopeo")


def rows(scratch: Path, upstream: Upstream) -> Iterator[Row]:
    """Every line of the table."""
    payload = scratch / "payload"
    subprocess.run(
        ["osirrox", "-indev", ISO, "-extract", "/", payload], check=True, capture_output=True, env=os.environ
    )
    copied = scratch / "copy"
    yield compare(
        "build iso (demo)",
        [AIRLOCK, "build", "iso", "-q", "-m", MANIFEST, "-o", scratch / "bench.iso"],
        "cp -a and sync of the same files",
        ["sh", "-c", f"cp -a {payload} {copied} && sync -f {copied}"],
        before=lambda: shutil.rmtree(copied, ignore_errors=True),
    )
    yield compare("verify (demo)", [AIRLOCK, "verify", "-q", ISO], "sha256sum of the ISO", ["sha256sum", ISO])
    yield from lock_rows(scratch, upstream)


def lock_rows(scratch: Path, upstream: Upstream) -> Iterator[Row]:
    """The solve of the demo's packages beside dnf's, with nothing cached and with all cached."""
    store, cache = scratch / "store", scratch / "dnf-cache"
    ours: list[str | Path] = [
        AIRLOCK, "lock", "--dry-run", "-q", "-m", MANIFEST, "--store", store, *upstream.mirror_args, *REQUESTS,
    ]  # fmt: skip
    dnf = shlex.join([
        "dnf", "--installroot", str(scratch / "root"), f"--setopt=cachedir={cache}", "--releasever=8", "--assumeno",
        f"--repofrompath=pebble,http://{upstream.http}{BIG_REPO}", "--repo=pebble", "--nogpgcheck",
        "--setopt=module_platform_id=platform:el8", "--setopt=install_weak_deps=0", "install", *REQUESTS,
    ])  # fmt: skip
    # --assumeno ends with 1 after a solve that went well, so its last word is asked for
    theirs: list[str | Path] = ["sh", "-c", f"{dnf} 2>&1 | grep -q 'Operation aborted'"]

    def forget() -> None:
        shutil.rmtree(store, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)

    yield compare("lock --dry-run (demo's packages), cold", ours, "dnf install --assumeno, cold", theirs, before=forget)
    yield compare("lock --dry-run (demo's packages), warm", ours, "dnf install --assumeno, warm", theirs)


def main(_: Sequence[str] = ()) -> None:
    """Print the table."""
    if not ISO.exists():
        raise SystemExit(f"bench: {ISO} is not there: run `make demo` first")
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        scratch = Path(folder)
        with Upstream.start(scratch / "upstream") as upstream:
            print(
                f"{os.cpu_count()} cores, {platform.freedesktop_os_release()['PRETTY_NAME']},"
                f" ISO of {ISO.stat().st_size} bytes;"
            )
            print("median of 3 runs in turn, peak memory; ratio: ours to the peer's, below 1 is faster\n")
            print("| what | airlock | peer | peer's | ratio |\n|---|---|---|---|---|")
            for row in rows(scratch, upstream):
                print(row.markdown(), flush=True)
