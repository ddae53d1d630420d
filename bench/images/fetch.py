"""``python -m bench images fetch [MIB [COUNT]]``: images beside `skopeo sync` and one by one; bytes over the wire.

The upstream is a real registry on loopback, and so is what the peers bring the images to. Bytes are those that the
upstream says it wrote as answers to requests for blobs.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from airlock_core import strict_yaml
from airlock_core.locks import ReleaseLocks
from airlock_core.locks.images import ImagesLock
from bench.fetch import MANIFEST
from bench.images.load import load, tarball
from bench.images.shared import print_table
from bench.installed import install
from bench.measure import Command, Row, Sample, compare, run
from tests.registry_tar import Made
from tests.standin.images import registry

RUNS = 3
_COPY = "skopeo --insecure-policy copy --all --preserve-digests -q --src-tls-verify=false"
_SYNC = "skopeo --insecure-policy sync --all --preserve-digests --dest-tls-verify=false --src yaml --dest docker"
_BLOB = re.compile(r"http\.request\.method=GET .*http\.request\.uri=\S*/blobs/.*http\.response\.written=(\d+)")


def main(mib: int, count: int) -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder, ExitStack() as stack:
        scratch = Path(folder)
        made = tarball(scratch / "made", mib, count)
        run(load(made, scratch / "upstream/storage"), Sample())
        made.path.unlink()
        source = stack.enter_context(registry.serve(scratch / "upstream"))
        target = stack.enter_context(registry.serve(scratch / "target"))
        ways = Ways(made, scratch, source, target)
        print_table(ways.cold())
        print()
        print_table(ways.warm())
        ways.wire()


class Ways:
    """The same images brought from one registry to a store, and by others to another registry or to folders."""

    def __init__(self, made: Made, scratch: Path, source: registry.Registry, target: registry.Registry) -> None:
        self._made = made
        self._scratch = scratch
        self._target = target
        self._log = scratch / "upstream/log"
        names = {image.ref.repository: [str(image.tag)] for image in made.images}
        listed = {source.address: {"tls-verify": False, "images": names}}
        (scratch / "sync.yaml").write_text(strict_yaml.dumps(listed))
        (scratch / "m.yaml").write_text(MANIFEST)
        ReleaseLocks(images=ImagesLock(made.images)).write(scratch / "locks")
        own: list[str | Path] = ["-m", scratch / "m.yaml", "--locks", scratch / "locks", "--store", scratch / "store"]
        self.fetch: Command = [
            install(scratch / "installed"),
            "fetch",
            "-q",
            *own,
            "--mirror",
            f"registry.test={source.address}",
        ]
        every = [(f"docker://{source.address}/{image.site_name}", image.ref.repository) for image in made.images]
        to_registry = [f"{_COPY} --dest-tls-verify=false {a} docker://{target.address}/one/{b}:1.0" for a, b in every]
        to_folder = [f"{_COPY} {a} dir:{scratch}/folders/{b.replace('/', '_')}" for a, b in every]
        self.peers: dict[str, Command] = {
            "skopeo sync to a registry": _shell([f"{_SYNC} {scratch}/sync.yaml {target.address}/sync"]),
            "skopeo copy one by one to a registry": _shell(to_registry),
            "skopeo copy one by one to folders": _shell([f"mkdir {scratch}/folders", *to_folder]),
        }

    def cold(self) -> Iterator[Row]:
        """Nothing is there yet."""
        subject = f"fetch, {len(self._made.images)} images, {self._made.size >> 20} MiB"
        for peer, words in self.peers.items():
            yield compare(subject, self.fetch, peer, words, runs=RUNS, before=self.forget)

    def warm(self) -> Iterator[Row]:
        """All is there already; folders would be written anew."""
        for peer, words in list(self.peers.items())[:2]:
            self.forget()
            for once in (self.fetch, words):
                run(once, Sample())
            yield compare("fetch again: all is there", self.fetch, peer, words, runs=RUNS)

    def wire(self) -> None:
        """The bytes of blobs that the upstream sent."""
        unique = self._made.size
        print(f"\n| bytes of blobs over the wire | cold | of the unique {unique} | warm |\n|---|---|---|---|")
        for name, words in {"airlock fetch": self.fetch, **self.peers}.items():
            self.forget()
            cold = self._sent(words)
            shutil.rmtree(self._scratch / "folders", ignore_errors=True)
            print(f"| {name} | {cold} | {cold / unique:.3f} | {self._sent(words)} |", flush=True)

    def forget(self) -> None:
        """Begin anew, with nothing waiting to be written."""
        for folder in (self._scratch / "store", self._scratch / "folders", self._target.storage / "docker"):
            shutil.rmtree(folder, ignore_errors=True)
        os.sync()

    def _sent(self, words: Command) -> int:
        begin = self._log.stat().st_size
        run(words, Sample())
        with self._log.open() as log:
            log.seek(begin)
            return sum(int(found[1]) for line in log if (found := _BLOB.search(line)))


def _shell(commands: Sequence[str]) -> Command:
    return ["sh", "-ec", "\n".join(commands)]
