"""``python -m bench images fetch [MIB [COUNT]]``: images beside `skopeo sync` and one by one; bytes over the wire.

The upstream is a real registry on loopback, and so is what the peers bring the images to. Bytes are those that the
upstream says it wrote as answers to requests for blobs. Each runs cold, and then again with all there.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from airlock_core import strict_yaml
from bench.fetch import MANIFEST
from bench.images import made as sets
from bench.images.load import load
from bench.images.shared import print_table
from bench.installed import install
from bench.measure import Command, Row, Sample, run
from tests.registry_tar import Made
from tests.standin.images import registry

RUNS = 1
_OURS = "airlock fetch"
_COPY = "skopeo --insecure-policy copy --all --preserve-digests -q --src-tls-verify=false"
_PODMAN = "podman --root {0}/podman --runroot {0}/run --storage-driver=overlay --cgroup-manager=cgroupfs"
_SYNC = "skopeo --insecure-policy sync --all --preserve-digests --dest-tls-verify=false --src yaml --dest docker"
_BLOB = re.compile(r"http\.request\.method=GET .*http\.request\.uri=\S*/blobs/.*http\.response\.written=(\d+)")


def main(mib: int, count: int) -> None:
    """Print all tables."""
    made = sets.images(mib, count)
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder, ExitStack() as stack:
        scratch = Path(folder)
        run(load(made, scratch / "upstream/storage"), Sample())
        source = stack.enter_context(registry.serve(scratch / "upstream"))
        target = stack.enter_context(registry.serve(scratch / "target"))
        ways = Ways(made, scratch, source, target)
        found = {name: ways.measured(words) for name, words in ways.commands.items()}
        ours, subject = found.pop(_OURS), f"fetch, {len(made.images)} images, {made.size >> 20} MiB"
        print_table(Row(subject, ours.cold, peer, theirs.cold) for peer, theirs in found.items())
        print()
        print_table(Row("fetch again: all is there", ours.warm, peer, one.warm) for peer, one in found.items())
        print(f"\n| bytes of blobs over the wire | cold | of the unique {made.size} | warm |\n|---|---|---|---|")
        for name, one in {_OURS: ours, **found}.items():
            cold, warm = (round(sum(sent) / RUNS) for sent in (one.sent_cold, one.sent_warm))
            print(f"| {name} | {cold} | {cold / made.size:.3f} | {warm} |", flush=True)


@dataclass
class Measured:
    """What one way took, and the bytes of blobs that the upstream sent."""

    cold: Sample = field(default_factory=Sample)
    warm: Sample = field(default_factory=Sample)
    sent_cold: list[int] = field(default_factory=list)
    sent_warm: list[int] = field(default_factory=list)


class Ways:
    """The same images brought from one registry to a store, and by others to another registry or to folders."""

    def __init__(self, made: Made, scratch: Path, source: registry.Registry, target: registry.Registry) -> None:
        self._scratch = scratch
        self._target = target
        self._log = scratch / "upstream/log"
        names = {image.ref.repository: [str(image.tag)] for image in made.images}
        listed = {source.address: {"tls-verify": False, "images": names}}
        (scratch / "sync.yaml").write_text(strict_yaml.dumps(listed))
        (scratch / "m.yaml").write_text(MANIFEST)
        own: list[str | Path] = ["-m", scratch / "m.yaml", "--locks", made.path.parent, "--store", scratch / "store"]
        mirror = f"registry.test={source.address}"
        every = [(f"docker://{source.address}/{image.site_name}", image.ref.repository) for image in made.images]
        to_registry = [f"{_COPY} --dest-tls-verify=false {a} docker://{target.address}/one/{b}:1.0" for a, b in every]
        to_folder = [f"{_COPY} {a} dir:{scratch}/folders/{b.replace('/', '_')}" for a, b in every]
        podman = _PODMAN.format(scratch)
        tagged = [
            f"{podman} pull -q --tls-verify=false {a.removeprefix('docker://')}\n"
            f"{podman} tag {a.removeprefix('docker://')} {target.address}/tagged/{b}:1.0\n"
            f"{podman} push -q --tls-verify=false {target.address}/tagged/{b}:1.0"
            for a, b in every
        ]
        self.commands: dict[str, Command] = {
            _OURS: [install(scratch / "installed"), "fetch", "-q", *own, "--mirror", mirror],
            "skopeo sync to a registry": _shell([f"{_SYNC} {scratch}/sync.yaml {target.address}/sync"]),
            "skopeo copy one by one to a registry": _shell(to_registry),
            "podman pull, tag, push one by one": _shell(tagged),
            "skopeo copy one by one to folders": _shell([f"mkdir -p {scratch}/folders", *to_folder]),
        }

    def measured(self, words: Command) -> Measured:
        """Run a way with nothing there, and again; some times."""
        found = Measured()
        for _ in range(RUNS):
            self.forget()
            found.sent_cold.append(self._run(words, found.cold))
            found.sent_warm.append(self._run(words, found.warm))
        self.forget()
        return found

    def forget(self) -> None:
        """Begin anew, with nothing waiting to be written."""
        for folder in (
            self._target.storage / "docker",
            *(self._scratch / name for name in ("store", "folders", "podman", "run")),
        ):
            shutil.rmtree(folder, ignore_errors=True)
        os.sync()

    def _run(self, words: Command, sample: Sample) -> int:
        """Run a way; the bytes of blobs that came over the wire."""
        begin = self._log.stat().st_size
        run(words, sample)
        with self._log.open() as log:
            log.seek(begin)
            return sum(int(found[1]) for line in log if (found := _BLOB.search(line)))


def _shell(commands: Sequence[str]) -> Command:
    return ["sh", "-ec", "\n".join(commands)]
