"""The folder of a repository: packages by first letter, comps, modules, signed metadata; in the stand-in's cache."""

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import createrepo_c
import zstandard

from tests.standin import cache, keys
from tests.standin.run import EPOCH, run
from tests.standin.synthetic import documents, graph
from tests.standin.synthetic.openpgp import Signer
from tests.standin.synthetic.package import Package
from tests.standin.synthetic.rpmfile import encoded

SEED = 9
_ROOT = Path(__file__).parents[3]
_FEW = 400
"""So many packages are quicker made here than by processes that must start first."""


def build(count: int, *, seed: int = SEED) -> Path:
    """The folder of a repository of ``count`` packages: ``Packages/`` and ``repodata/`` with its signature."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    key = cache.key_of(*sources, keys.HERE, f"{count} {seed}", createrepo_c.VERSION, zstandard.__version__)
    return cache.artifact("synthetic-repo", key, lambda folder: _build(folder, count, seed))


def _build(folder: Path, count: int, seed: int) -> None:
    packages = list(graph.packages(count, seed))
    if count <= _FEW:
        write(folder, packages)
    else:
        _write_in_processes(folder, count, seed)
    _index(folder, packages)


def _write_in_processes(folder: Path, count: int, seed: int) -> None:
    """Each process draws the whole graph anew, which is quicker than to send it there."""
    shares = os.cpu_count() or 1
    words = [(folder, str(count), str(seed), str(share), str(shares)) for share in range(shares)]
    with ThreadPoolExecutor(shares) as pool:
        list(pool.map(lambda given: run(sys.executable, "-m", __name__, *given, cwd=_ROOT), words))


def write(folder: Path, packages: Sequence[Package]) -> None:
    """Write the RPM files of some packages."""
    signer = Signer(keys.SECRET_KEY, EPOCH)
    for package in packages:
        target = folder / "Packages" / package.name[0] / package.file_name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encoded(package, signer.sign))
        target.chmod(0o644)
        os.utime(target, (EPOCH, EPOCH))  # createrepo_c writes the file's time into its metadata


def _index(folder: Path, packages: Sequence[Package]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        comps, modules = Path(scratch, "comps.xml"), folder / "modules.yaml"
        comps.write_text(documents.comps(packages))
        modules.write_text(documents.modules(packages))
        for file in (comps, modules):
            os.utime(file, (EPOCH, EPOCH))
        stable = ("--revision", str(EPOCH), "--set-timestamp-to-revision", "--no-database")
        run("createrepo_c", "--quiet", *stable, "--general-compress-type", "gz", "--groupfile", comps, folder)
        modules.unlink()  # createrepo_c has taken it into the metadata
    keys.sign_detached(folder / "repodata/repomd.xml")


def _main(folder: str, count: str, seed: str, share: str, shares: str) -> None:
    """One process's share of the packages."""
    write(Path(folder), list(graph.packages(int(count), int(seed)))[int(share) :: int(shares)])


if __name__ == "__main__":
    _main(*sys.argv[1:])
