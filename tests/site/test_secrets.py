"""Secrets of a site that is installed, asked, packed up: none is found anywhere but where it is kept.

Twenty are planted in its vault. Those that the site makes itself, also while landing runs, are looked for as well: the
registry's password for pushes with its hash, the keys of the CA, of each node's registry, of the vault and of ssh.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airlock_installer.vault.store import FILE, Vault
from tests.canaries import forms
from tests.site import undoing
from tests.site.platform import ADMIN, PASSWORD, Platform
from tests.site.running import processes
from tests.site.tally import Tally

pytestmark = pytest.mark.site

PLANTED = [PASSWORD, ADMIN, *(f"cAnary {number:02}~'{'xyzzy' * (number % 3)}+/é" for number in range(18))]
HOLDERS = ("etc/airlock/registry.password", "etc/airlock/registry.htpasswd", "etc/airlock/vault.key")
KEYS = ("etc/airlock/pki/*.key", "etc/airlock/pki/nodes/*/*.key", "home/*/.ssh/id_ed25519")
KEPT = re.compile(r"etc/airlock/(registry\.(password|htpasswd)|vault\.key|pki/.*\.key)|home/\w+/\.ssh/id_ed25519")
"""Where nodes have what the site made itself."""
COMMANDS = (
    "run preflight -v -- -vvv",
    "run ha --check -v",
    "run landing -v -- -vvv --diff",
    "serve up -v --json",
    "ping -v --json",
    "check -v --json",
    "doctor --quick -v --json",
    "status --json",
    "logs preflight",
    "logs landing",
    "report -o /root/report",
    "support-bundle --yes -v -o /root/bundle.tar.gz",
)
STATUSES = {"check -v --json": 3}
"""Where not 0: containers lack the sample's disks."""
ENOUGH = 15
"""Lines of a command's output and of its errors that tell why it failed."""


@dataclass
class Search:
    """A search for secrets in files, which it reads once where several are alike.

    Args:
        needles: what to look for, with the secret that it tells.
    """

    needles: dict[bytes, str]
    _known: dict[bytes, set[str]] = field(default_factory=dict)

    def within(self, data: bytes) -> set[str]:
        """The secrets that some bytes hold."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._known:
            self._known[digest] = {text for needle, text in self.needles.items() if needle in data}
        return self._known[digest]


def search(secrets: list[str]) -> Search:
    """A search for these in all their shapes."""
    return Search({form.encode(): text for text in secrets for form in forms(text)})


def test_of_20_planted_secrets_none_is_found_anywhere_and_none_that_the_site_made(
    whole: Platform, tally: Tally
) -> None:
    planted = "20 planted secrets are looked for in files, output, argv and environments, raw, base64 and hex"
    own = "keys, passwords and hashes that the site makes itself are looked for likewise"
    tally.begins(planted, len(PLANTED))
    undoing.undo(whole, "landing")
    with planted_in_the_vault(whole), watched(whole) as seen:
        ran = {command: succeeded(whole, command) for command in COMMANDS}
    whole.deployer.check("cd /root && mkdir bundle && tar xzf bundle.tar.gz -C bundle")
    made = made_by(whole)
    tally.begins(own, len(made))
    secrets = search([*PLANTED, *made])
    assert {command: found for command, text in ran.items() if (found := secrets.within(text))} == {}
    assert {found for text in seen for found in secrets.within(text)} == set()
    assert dict(in_files(whole, secrets, frozenset(made))) == {}
    whole.deployer.check("rm -r /root/bundle /root/bundle.tar.gz /root/report")
    tally.held(planted, "none found on any node, in any output, report or bundle", len(PLANTED))
    tally.held(own, "none found but in the files, for root or their user, that keep them", len(made))


@contextmanager
def planted_in_the_vault(site: Platform) -> Iterator[None]:
    """Meanwhile, the site's vault has all of them."""
    path = site.folder / FILE
    kept = path.read_bytes()
    vault = Vault(path, site.deployer.path / "etc/airlock/vault.key")
    vault.write({**vault.read(), **{f"vault_{number}_password": text for number, text in enumerate(PLANTED[2:])}})
    os.chown(path, (owner := site.folder.stat()).st_uid, owner.st_gid)
    try:
        yield
    finally:
        path.write_bytes(kept)


def succeeded(site: Platform, command: str) -> bytes:
    """Run airlock-site with these words, as it should end; all that it printed."""
    done = site.airlock(command)
    ends = "\n".join([*done.stdout.splitlines()[-ENOUGH:], *done.stderr.splitlines()[-ENOUGH:]])
    assert done.returncode == STATUSES.get(command, 0), f"{command}: {done.returncode}\n{ends}"
    return (done.stdout + done.stderr).encode()


def made_by(site: Platform) -> list[str]:
    """What the site made itself: passwords and hashes, and of each key a line that no other has."""
    root = site.deployer.path
    texts = [(root / name).read_text().strip().rpartition(":")[2] for name in HOLDERS]
    keys = [path.read_text().splitlines() for pattern in KEYS for path in sorted(root.glob(pattern))]
    # Of ssh's keys the first lines are alike, of the others the last is short.
    texts += [lines[-3] if "OPENSSH" in lines[0] else lines[2] for lines in keys]
    assert len(texts) == len(set(texts)) == len(HOLDERS) + 2 + len(site.control)
    return texts


def in_files(site: Platform, secrets: Search, made: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """All that was ever written to a node, and the secrets in it; not those that it is there for."""
    for name in site.nodes:
        upper = site.state / name / "upper"
        for path in (Path(folder) / file for folder, _, files in os.walk(upper) for file in files):
            if path.is_file() and not path.is_symlink():
                found = secrets.within(path.read_bytes())
                if found := found - made if KEPT.fullmatch(str(path.relative_to(upper))) else found:
                    yield str(path), found


@contextmanager
def watched(site: Platform) -> Iterator[set[bytes]]:
    """Meanwhile, the arguments and environments of all processes of all nodes."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for pid in list(processes(*site.nodes.values())):
                for name in ("cmdline", "environ"):
                    with suppress(OSError):
                        seen.add(Path(f"/proc/{pid}/{name}").read_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
