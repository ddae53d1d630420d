"""Build RPMs reproducibly from trees, and sign them."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.standin.keys import FINGERPRINT, gnupg_home
from tests.standin.packages.spec import Spec
from tests.standin.run import EPOCH, FAKED_TIME, run

_MACROS = {
    "_buildhost": "standin.test",
    "use_source_date_epoch_as_buildtime": "1",
    "clamp_mtime_to_source_date_epoch": "1",
    "source_date_epoch_from_changelog": "0",
    "_binary_payload": "w3.zstdio",
    "__os_install_post": "%{nil}",
    "__spec_install_pre": "%{___build_pre}",  # the default would empty the build root, which is our tree
    "__check_files": "%{nil}",
    "debug_package": "%{nil}",
    "_build_id_links": "none",
    "_build_name_fmt": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
}

# rpmbuild asks libmagic what each file is, which takes half the time and is no use here: one line of its own.
_MAGIC = "0\tstring\t\\177ELF\tELF\n"


def build_all(pairs: Iterable[tuple[Spec, Path]], work: Path, out: Path) -> list[Path]:
    """Build one RPM of each spec and the tree that belongs to it into ``out``, and sign them all.

    ``work`` is a scratch folder. The largest come first in ``pairs``, so that no core waits for one at the end.
    """
    (work / "magic").write_text(_MAGIC)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        built = list(pool.map(lambda pair: _build(pair[0], pair[1], work, out), pairs))
    _sign(built)
    for file in built:
        os.utime(file, (EPOCH, EPOCH))  # createrepo_c writes the file's time into its metadata
    return built


def _build(spec: Spec, tree: Path, work: Path, out: Path) -> Path:
    text = work / f"{spec.name}-{spec.release}.spec"
    text.write_text(spec.text())
    macros = {**_MACROS, "_topdir": str(work / "topdir" / tree.name), "_rpmdir": str(out)}
    defines = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]
    command = ("rpmbuild", "-bb", "--noclean", "--target", "x86_64", "--buildroot", tree)
    run(*command, *defines, text, env={"MAGIC": str(work / "magic")})
    return out / spec.file_name


def _sign(files: list[Path]) -> None:
    extra = f"--batch --no-tty --pinentry-mode loopback --faked-system-time {FAKED_TIME}"
    macros = {
        "_gpg_name": FINGERPRINT,
        "__gpg": "/usr/bin/gpg",
        "_gpg_digest_algo": "sha256",
        "_gpg_sign_cmd_extra_args": extra,
    }
    with gnupg_home() as home:
        macros["_gpg_path"] = str(home)
        defines = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]
        run("rpmsign", "--addsign", *defines, *files)
