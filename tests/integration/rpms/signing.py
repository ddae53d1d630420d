"""Keys of every bad kind, and packages signed with them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airlock_core import proc

FIXTURE = Path(__file__).parents[2] / "standin/fixtures/small/rpms/Packages/hello-data-1.1-1.noarch.rpm"
SIGNED_AT = "20240601T000000"


class Signer:
    """A GnuPG home for one test."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def gpg(self, *words: str | Path, time: str = SIGNED_AT, stdin: bytes | None = None) -> proc.Result:
        """Run gpg at some other time."""
        options = ("--homedir", self.home, "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")
        return proc.run(["gpg", *options, "--faked-system-time", f"{time}!", *words], timeout=60, stdin=stdin)

    def make(self, name: str, algorithm: str = "rsa2048", *, made: str = "20240101T000000") -> str:
        """A new key; its fingerprint."""
        self.gpg("--quick-gen-key", f"{name} <{name}@test>", algorithm, "sign", "never", time=made)
        listing = self.gpg("--with-colons", "--list-keys", f"{name}@test").stdout
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))

    def revoke(self, fingerprint: str) -> None:
        """Publish the revocation that gpg keeps ready for each key."""
        prepared = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self.gpg("--import", stdin=prepared.replace(":-----BEGIN", "-----BEGIN").encode())

    def public(self, fingerprint: str, target: Path) -> Path:
        """The key's certificate as it now is."""
        target.write_text(self.gpg("--armor", "--export", fingerprint).stdout)
        return target

    def sign(self, fingerprint: str, target: Path, *, digest: str = "sha256") -> Path:
        """A copy of a package, signed by this key alone."""
        shutil.copy(FIXTURE, target)
        extra = (
            f"--homedir {self.home} --batch --no-tty --pinentry-mode loopback --faked-system-time {SIGNED_AT}! "
            "--allow-weak-digest-algos"
        )
        defines = {
            "_gpg_name": fingerprint,
            "__gpg": "/usr/bin/gpg",
            "_gpg_digest_algo": digest,
            "_gpg_sign_cmd_extra_args": extra,
        }
        options = [word for name, value in defines.items() for word in ("--define", f"{name} {value}")]
        proc.run(["rpmsign", "--delsign", target], timeout=60)
        proc.run(["rpmsign", *options, "--addsign", target], timeout=60)
        return target


@contextmanager
def signer() -> Iterator[Signer]:
    """A home on a short path, since the agent's socket stands in it; the agent ends with the block."""
    with tempfile.TemporaryDirectory(prefix="alk-", dir="/tmp") as folder:
        try:
            yield Signer(Path(folder))
        finally:
            proc.run(["gpgconf", "--homedir", folder, "--kill", "all"], timeout=30)
