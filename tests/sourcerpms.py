"""Source RPMs of the stand-in's small packages, made and signed when a test needs them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.standin.fixtures import rpms
from tests.standin.keys import FINGERPRINT, gnupg_home
from tests.standin.run import EPOCH, FAKED_TIME, run


def repository(folder: Path, names: Sequence[str], *, summary: str = "", signed: bool = True) -> Path:
    """A repository that holds the source RPMs of some packages, and nothing else.

    Args:
        folder: where it is made.
        summary: in place of the packages' own, for other bytes under the same names.
    """
    folder.mkdir(parents=True)
    made = [_built(package, folder, summary) for package in rpms.PACKAGES if package.name in names]
    if signed:
        _sign(made)
    for path in made:
        os.utime(path, (EPOCH, EPOCH))
    run("createrepo_c", "--quiet", folder)
    return folder


def _built(package: rpms.Package, folder: Path, summary: str) -> Path:
    with tempfile.TemporaryDirectory() as top:
        spec = Path(top, f"{package.name}.spec")
        spec.write_text(rpms.spec(package).replace(package.summary, summary or package.summary))
        defines = [f"--define={name} {value}" for name, value in {**rpms.MACROS, "_topdir": top}.items()]
        run("rpmbuild", "--quiet", "-bs", *defines, spec, env={"HOME": top})
        (made,) = Path(top, "SRPMS").glob("*.src.rpm")
        return Path(shutil.copy(made, folder))


def _sign(paths: Sequence[Path]) -> None:
    with gnupg_home() as home:
        extra = f"--homedir {home} --batch --no-tty --pinentry-mode loopback --faked-system-time {FAKED_TIME}"
        defines = {
            "_gpg_name": FINGERPRINT,
            "__gpg": "/usr/bin/gpg",
            "_gpg_digest_algo": "sha256",
            "_gpg_sign_cmd_extra_args": extra,
        }
        options = [word for name, value in defines.items() for word in ("--define", f"{name} {value}")]
        run("rpmsign", "--addsign", *options, *paths)
