"""Keys of every bad kind, and packages signed with them."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airlock_core import proc
from airlock_core.signatures.openpgp import signature_packets
from airlock_core.signatures.rpmfile import RpmHead, parse_head
from tests.integration.rpms import kept_keys
from tests.rpmcraft import with_signatures

FIXTURE = Path(__file__).parents[2] / "standin/fixtures/small/rpms/Packages/hello-data-1.1-1.noarch.rpm"
SIGNED_AT = "20240601T000000"
SUPERSEDED, COMPROMISED, RETIRED = "2", "1", "3"
"""Reasons of a revocation, by the numbers of gpg's menu."""


class Signer:
    """A GnuPG home for a module of tests."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._kept = {algorithm: iter(kept_keys.kept(algorithm)) for algorithm in kept_keys.KINDS}

    def gpg(self, *words: str | Path, time: str = SIGNED_AT, stdin: bytes | None = None) -> proc.Result:
        """Run gpg at some other time."""
        options = ("--homedir", self.home, "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")
        return proc.run(["gpg", *options, "--faked-system-time", f"{time}!", *words], timeout=60, stdin=stdin)

    def make(
        self, name: str, algorithm: str = "rsa2048", *, made: str = "20240101T000000", digest: str = "sha256"
    ) -> str:
        """A new key, certified with this digest; its fingerprint."""
        certify = ("--cert-digest-algo", digest)
        numbers = next(self._kept.get(algorithm, iter(())), None)
        if numbers is None:
            self.gpg(*certify, "--quick-gen-key", f"{name} <{name}@test>", algorithm, "sign", "never", time=made)
        else:
            self.gpg(*certify, "--gen-key", time=made, stdin=self._parameters(name, algorithm, numbers).encode())
        return self._fingerprints(name)[0]

    def _parameters(self, name: str, algorithm: str, numbers: Path) -> str:
        """Let a kept key be known to the agent; how gpg is to make a certificate of it."""
        folder = self.home / "private-keys-v1.d"
        folder.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(numbers, folder)
        key = f"Key-Type: {kept_keys.KINDS[algorithm]}\nKey-Grip: {numbers.stem}\nKey-Usage: sign\nExpire-Date: 0\n"
        return f"%no-protection\n{key}Name-Real: {name}\nName-Email: {name}@test\n%commit\n"

    def add_subkey(self, fingerprint: str, *, expires: str = "never", made: str = "20240101T000000") -> str:
        """A new subkey for signatures; its fingerprint."""
        self.gpg("--quick-add-key", fingerprint, "rsa2048", "sign", expires, time=made)
        return self._fingerprints(fingerprint)[-1]

    def revoke(self, fingerprint: str) -> None:
        """Publish the revocation that gpg keeps ready for each key; it gives no reason."""
        prepared = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self.gpg("--import", stdin=prepared.replace(":-----BEGIN", "-----BEGIN").encode())

    def revoke_for(self, fingerprint: str, reason: str, *, time: str) -> None:
        """Revoke a key for a reason."""
        options = ("--homedir", self.home, "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")
        words = ("--faked-system-time", f"{time}!", "--command-fd", "0", "--gen-revoke", fingerprint)
        answers = f"y\n{reason}\n\ny\n".encode()
        text = proc.run(["gpg", *options, *words], timeout=60, stdin=answers).stdout
        self.gpg("--import", stdin=text.encode())

    def public(self, fingerprint: str, target: Path) -> Path:
        """The key's certificate as it now is."""
        target.write_text(self.gpg("--armor", "--export", fingerprint).stdout)
        return target

    def detached(self, fingerprint: str, data: bytes, *more: str, time: str = SIGNED_AT) -> bytes:
        """A signature over some bytes, by this very key or subkey; not armoured."""
        words = ("--armor", "--local-user", f"{fingerprint}!", "--digest-algo", "sha256", *more, "--detach-sign")
        return signature_packets(self.gpg(*words, time=time, stdin=data).stdout.encode(), where=fingerprint)[0]

    def sign(
        self, fingerprint: str, target: Path, *, digest: str = "sha256", time: str = SIGNED_AT, source: Path = FIXTURE
    ) -> Path:
        """A copy of a package, signed by this key alone as rpmsign does it."""
        shutil.copy(source, target)
        extra = (
            f"--homedir {self.home} --batch --no-tty --pinentry-mode loopback --faked-system-time {time}! "
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

    def sign_header(self, fingerprint: str, target: Path, *more: str, source: Path = FIXTURE) -> Path:
        """A copy of a package with a signature over its header that rpmsign would not make."""
        packet = self.detached(fingerprint, _head(source).header, *more)
        return _written(target, [(268, 7, len(packet), packet)], source)

    def sign_payload(self, fingerprint: str, target: Path, source: Path = FIXTURE) -> Path:
        """A copy of a package, signed as RPM 3 did it: header and payload at once."""
        packet = self.detached(fingerprint, source.read_bytes()[_head(source).start :])
        return _written(target, [(1002, 7, len(packet), packet)], source)

    def sign_modern(self, target: Path, *fingerprints: str, classic: str | None = None, extra: bytes = b"") -> Path:
        """A copy of a package, signed as RPM 6 does it, by any number of keys.

        Args:
            classic: signs it as RPM 4 does it too.
            extra: one more signature, such as no tool here makes.
        """
        header = _head(FIXTURE).header
        packets = [*(self.detached(one, header) for one in fingerprints), *([extra] if extra else [])]
        texts = b"".join(base64.b64encode(packet) + b"\0" for packet in packets)
        old = self.detached(classic, header) if classic else b""
        return _written(target, [(278, 8, len(packets), texts), *([(268, 7, len(old), old)] if old else [])])

    def _fingerprints(self, user: str) -> list[str]:
        name = user if len(user) == 40 else f"{user}@test"
        listing = self.gpg("--with-colons", "--with-subkey-fingerprint", "--list-keys", name).stdout
        return [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:")]


def _head(path: Path) -> RpmHead:
    return parse_head(path.read_bytes(), where=path.name)


def _written(target: Path, entries: list[tuple[int, int, int, bytes]], source: Path = FIXTURE) -> Path:
    target.write_bytes(with_signatures(source.read_bytes(), entries))
    return target


@contextmanager
def signer() -> Iterator[Signer]:
    """A home on a short path, since the agent's socket stands in it; the agent ends with the block."""
    with tempfile.TemporaryDirectory(prefix="alk-", dir="/tmp") as folder:
        try:
            yield Signer(Path(folder))
        finally:
            proc.run(["gpgconf", "--homedir", folder, "--kill", "all"], timeout=30)
