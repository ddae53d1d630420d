"""Secret keys that take long to make, kept between runs: numbers alone, of which each test makes a key of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from airlock_core import proc
from tests.standin import cache

COUNTS = {"rsa2048": 24, "dsa2048": 1}
"""How many of each kind are kept: as many as a module of tests asks for."""
KINDS = {"rsa2048": "RSA", "dsa2048": "DSA"}
"""What GnuPG's parameter files call them."""


def kept(algorithm: str) -> list[Path]:
    """The kept keys of a kind, as gpg-agent's files, each named by its keygrip; none of a kind that is made fast."""
    count = COUNTS.get(algorithm, 0)
    if not count:
        return []
    folder = cache.artifact("gnupg-keys", cache.key_of(algorithm, str(count)), lambda to: _make(algorithm, count, to))
    return sorted(folder.glob("*.key"))


def _make(algorithm: str, count: int, target: Path) -> None:
    with tempfile.TemporaryDirectory(
        prefix="alk-", dir="/tmp"
    ) as home:  # a short path: the agent's socket stands in it
        gpg = ("gpg", "--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")
        try:
            for number in range(count):
                proc.run([*gpg, "--quick-gen-key", f"{number}", algorithm, "sign", "never"], timeout=600)
        finally:
            proc.run(["gpgconf", "--homedir", home, "--kill", "all"], timeout=30)
        for key in Path(home, "private-keys-v1.d").glob("*.key"):
            (target / key.name).write_bytes(key.read_bytes())
