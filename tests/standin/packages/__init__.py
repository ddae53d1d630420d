"""The big RPM repository of the stand-in: pebble-base and real programs, from Debian, under EL's names."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.standin import cache, keys
from tests.standin import run as runner
from tests.standin.baseiso import initrd
from tests.standin.baseiso import kernel as iso_kernel
from tests.standin.packages import base, convert, debian, debs, kernel, repo, rpms, wheels
from tests.standin.packages.programs import NGINX, REQUESTED, program_of
from tests.standin.packages.spec import Spec

HERE = Path(__file__).parent
INITRAMFS_MAKERS = (Path(initrd.__file__), Path(iso_kernel.__file__))


def build() -> Path:
    """Return the folder of the repository: Packages/*.rpm and repodata/ with its signature."""
    from_debian = debian.fetch()
    sources = sorted(set(HERE.glob("*.py")) - {HERE / "install.py"})  # that one uses what the others make
    sources += [HERE / "overlay", HERE / "initramfs", *INITRAMFS_MAKERS, kernel.busybox(), Path(runner.__file__)]
    key = cache.key_of(from_debian.name, *sources, wheels.COMPILER, keys.HERE)
    return cache.artifact("pebble-repo", key, lambda folder: _build(from_debian, folder))


def _build(from_debian: Path, folder: Path) -> None:
    work = Path(tempfile.mkdtemp(prefix="pebble-repo-", dir=debian.scratch_parent()))
    umask = os.umask(0o022)  # the modes of what is made here end up in packages
    try:
        out = folder / "Packages"
        out.mkdir()
        fetched = debs.read_folder(from_debian / "debs")
        pairs, streams = _packages(from_debian, fetched, work)
        rpms.build_all(pairs, work, out)
        repo.write(folder, work, streams)
    finally:
        os.umask(umask)
        shutil.rmtree(work)


Pairs = list[tuple[Spec, Path]]


def _packages(from_debian: Path, fetched: dict[str, debs.Deb], work: Path) -> tuple[Pairs, list[repo.Stream]]:
    """Return the specs with their trees, largest first, and the module streams among them."""
    image = next(deb for name, deb in fetched.items() if name.startswith("linux-image-6"))
    with ThreadPoolExecutor(1) as aside:  # the two long steps that know nothing of one another
        unpacking = aside.submit(kernel.unpack, image, work / "linux-image")
        made = base.configure(from_debian / "root.tar", fetched, work)
    kernel.build(unpacking.result(), work / "kernel-core")
    pairs = [convert.kernel_spec(image, work / "kernel-core")]
    base.split_setup(made)
    pairs[:0] = [convert.base_spec(made)]
    pairs += [convert.setup_spec(made), *convert.python_specs(made)]
    streams: list[repo.Stream] = []
    for spec, tree in _converted(fetched, made, work):
        pairs.append((spec, tree))
        if spec.module:
            name = spec.module.split(":")[1]
            streams.append(repo.Stream(NGINX.name, name, convert.CONTEXT, spec, default=name == convert.DEFAULT_STREAM))
    return pairs, streams


def _converted(fetched: dict[str, debs.Deb], made: base.Base, work: Path) -> Iterator[tuple[Spec, Path]]:
    there = {**made.packages, **fetched}
    in_base = made.kept.union(*base.PYTHON.values())
    wanted = debs.closure(REQUESTED, there, in_base)
    for program in {one.name: one for one in map(program_of, wanted)}.values():
        tree = convert.unpack(program, fetched, work / program.name)
        requires = convert.requirements_of(program, there, in_base)
        if program == NGINX:
            yield from convert.stream_specs(program, fetched, tree, requires)
        else:
            yield convert.program_spec(program, fetched, tree, requires), tree
