"""Stage 2's root file system: unpacked Debian packages, pykickstart and the installer program, as a squashfs."""

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from tests.standin.baseiso import debian, kernel
from tests.standin.run import run

HERE = Path(__file__).parent
PROGRAM = HERE / "stage2"
INIT = HERE / "files/stage2-init"

IDENTITY = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\ntty:x:5:\ndisk:x:6:\ncdrom:x:24:\ninput:x:101:\nkvm:x:102:\nsgx:x:103:\n"
    "render:x:104:\ndialout:x:20:\nkmem:x:15:\nlp:x:7:\naudio:x:29:\nvideo:x:44:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/hostname": "installer\n",
    "etc/os-release": 'NAME="Pebble"\nID="pebble"\nVERSION_ID="8.10"\nPRETTY_NAME="Pebble stage 2"\n',
    "etc/rpm/macros": "%_dbpath /var/lib/rpm\n%_pkgverify_level none\n",
    "etc/mtab": "",
}


def pykickstart_version() -> str:
    """Return the version of pykickstart that stage 2 gets: the one installed beside the tests."""
    return importlib.metadata.version("pykickstart")


def build(system: kernel.Kernel, debs: Path, scratch: Path, target: Path) -> None:
    """Write the squashfs ``target`` from the packages in ``debs``, working in the folder ``scratch``."""
    root = scratch / "root"
    debian.unpack(debian.runtime_packages(debs), root)
    _configure(root)
    _add_program(root)
    kernel.install_modules(system, kernel.STAGE2_MODULES, root)
    _compile(root)
    _pack(root, target)


def _configure(root: Path) -> None:
    """Do the little that maintainer scripts would have done."""
    for folder in ("proc", "sys", "dev", "run", "tmp", "root", "mnt", "etc/rpm", "var/lib/rpm", "var/tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, text in IDENTITY.items():
        (root / name).unlink(missing_ok=True)
        (root / name).write_text(text)
    (root / "usr/bin/awk").symlink_to("mawk")
    for folder in ("var/lib/apt", "var/lib/dpkg", "etc/apt", "etc/dpkg"):
        shutil.rmtree(root / folder, ignore_errors=True)
    run("ldconfig", "-r", root)
    shutil.rmtree(root / "var/cache/ldconfig")  # inode numbers and times of this one build


def _add_program(root: Path) -> None:
    spec = importlib.util.find_spec("pykickstart")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError("pykickstart is not installed beside the tests: pip install -e '.[builder]'")
    ignore = shutil.ignore_patterns("__pycache__")
    modules = root / "usr/lib/python3/dist-packages"
    shutil.copytree(spec.submodule_search_locations[0], modules / "pykickstart", ignore=ignore)
    shutil.copytree(PROGRAM, root / "usr/lib/pebble/stage2", ignore=ignore)
    shutil.copyfile(INIT, root / "usr/lib/pebble/init")
    (root / "usr/lib/pebble/init").chmod(0o755)


def _compile(root: Path) -> None:
    """Compile all Python in ``root`` so that no file's time matters: emulated machines compile slowly."""
    folders = ("/usr/lib/python3.11", "/usr/lib/python3/dist-packages", "/usr/lib/pebble")
    run("chroot", root, "python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", *folders)


def _pack(root: Path, target: Path) -> None:
    """Pack ``root``; mksquashfs clamps the times of files made just now to SOURCE_DATE_EPOCH."""
    target.unlink(missing_ok=True)
    run(
        "mksquashfs", root, target, "-comp", "zstd", "-Xcompression-level", "3", "-b", "256K",
        "-all-root", "-noappend", "-no-progress", "-no-xattrs",
    )  # fmt: skip
