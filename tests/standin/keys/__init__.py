"""The stand-in's keys, and signing with them. For tests alone: the secret halves are public knowledge."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.standin.run import FAKED_TIME, run

HERE = Path(__file__).parent
PUBLIC_KEY = HERE / "RPM-GPG-KEY-pebble"
SECRET_KEY = HERE / "pebble-secret.asc"
FINGERPRINT = "48DA08EB32E459040F47702E7D68B91C96654A6C"
SSH_KEY = HERE / "id_ed25519"


@contextmanager
def gnupg_home() -> Iterator[Path]:
    """Give a throw-away GnuPG home that holds the stand-in's secret key; its agent ends with it."""
    # A short path: the agent's socket lives in it, and socket paths are limited to about 100 bytes.
    with TemporaryDirectory(prefix="pebble-", dir="/tmp") as folder:
        home = Path(folder)
        try:
            _gpg(home, "--import", SECRET_KEY)
            yield home
        finally:
            run("gpgconf", "--homedir", home, "--kill", "all")


def sign_detached(file: Path) -> Path:
    """Write the detached armoured signature ``<file>.asc`` of ``file`` and return its path."""
    signature = file.with_name(file.name + ".asc")
    with gnupg_home() as home:
        _gpg(
            home,
            "--yes",
            "--armor",
            "--detach-sign",
            "--digest-algo",
            "SHA256",
            "--local-user",
            FINGERPRINT,
            "--output",
            signature,
            file,
        )
    return signature


def clear_signed(text: bytes) -> bytes:
    """Return ``text`` with its signature below it (RFC 9580, section 7)."""
    with gnupg_home() as home:
        source, target = home / "text", home / "text.asc"
        source.write_bytes(text)
        _gpg(home, "--clear-sign", "--digest-algo", "SHA256", "--local-user", FINGERPRINT, "--output", target, source)
        return target.read_bytes()


def _gpg(home: Path, *words: str | Path) -> None:
    options = ("--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback")
    run("gpg", *options, "--faked-system-time", FAKED_TIME, *words)
