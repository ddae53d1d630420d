"""Wheels that Python programs are run from, with their bytecode beside the source.

Python keeps no bytecode of what it imports from a zip file, so pip, run from its wheel, compiles itself at every start:
half of what it does in all, and half a minute on an emulated machine.
"""

import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from tests.standin.run import run

COMPILER = MAGIC_NUMBER  # an interpreter with another one passes over the bytecode and reads the source


def add_bytecode(wheel: Path) -> None:
    """Rewrite ``wheel`` with a compiled form of each module, where zipimport looks before it looks for the source.

    No time is in it, and nothing is compressed: that is left to the package that holds the wheel.
    """
    with TemporaryDirectory(prefix="pebble-wheel-") as scratch:
        folder = Path(scratch)
        with ZipFile(wheel) as archive:
            archive.extractall(folder)
        _compile(folder)
        _pack(folder, wheel)


def _compile(folder: Path) -> None:
    """Compile below ``folder``, each file beside its source; a seed of its own, since sets of constants follow it."""
    words = ("-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash", "-s", folder, folder)
    run(sys.executable, *words, env={"PYTHONHASHSEED": "0"})


def _pack(folder: Path, wheel: Path) -> None:
    with ZipFile(wheel, "w", ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.writestr(ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())
