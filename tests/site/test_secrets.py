"""Twenty secrets in the vault of a site that is installed, asked, packed up: none is found anywhere outside of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from airlock_installer.vault.store import FILE, Vault
from tests.canaries import forms
from tests.site.platform import ADMIN, PASSWORD, Platform
from tests.site.running import processes
from tests.site.tally import Tally

pytestmark = pytest.mark.site

PLANTED = [PASSWORD, ADMIN, *(f"cAnary {number:02}~'{'xyzzy' * (number % 3)}+/é" for number in range(18))]
NEEDLES = {form.encode(): text for text in PLANTED for form in forms(text)}
COMMANDS = (
    "run preflight -v -- -vvv",
    "run ha --check -v",
    "ping -v --json",
    "check -v --json",
    "doctor --quick -v --json",
    "status --json",
    "logs preflight",
    "report -o /root/report",
    "support-bundle --yes -v -o /root/bundle.tar.gz",
)


def test_of_20_planted_secrets_none_is_found_anywhere(whole: Platform, tally: Tally) -> None:
    fault = "20 planted secrets are looked for in files, output, argv and environments, raw, base64 and hex"
    tally.begins(fault, len(PLANTED))
    path = whole.folder / FILE
    kept = path.read_bytes()
    vault = Vault(path, whole.deployer.path / "etc/airlock/vault.key")
    vault.write({**vault.read(), **{f"vault_{number}_password": text for number, text in enumerate(PLANTED[2:])}})
    os.chown(path, (owner := whole.folder.stat()).st_uid, owner.st_gid)
    with watched(whole) as seen:
        ran = {command: whole.airlock(command) for command in COMMANDS}
    path.write_bytes(kept)
    whole.deployer.check("cd /root && mkdir bundle && tar xzf bundle.tar.gz -C bundle")
    assert "********" in ran[COMMANDS[0]].stdout or ran[COMMANDS[0]].returncode == 0
    texts = {command: (done.stdout + done.stderr).encode() for command, done in ran.items()}
    assert {command: found for command, text in texts.items() if (found := found_in(text))} == {}
    assert {where: found for where, found in in_files(whole) if found} == {}
    assert seen == set()
    whole.deployer.check("rm -r /root/bundle /root/bundle.tar.gz /root/report")
    tally.held(fault, "none found on any node, in any output, report or bundle", len(PLANTED))


def found_in(data: bytes) -> set[str]:
    """The secrets that some bytes hold."""
    return {text for needle, text in NEEDLES.items() if needle in data}


def in_files(site: Platform) -> Iterator[tuple[str, set[str]]]:
    """All that was ever written to a node, and the secrets in it."""
    for name in site.nodes:
        for folder, _, files in os.walk(site.state / name / "upper"):
            for path in (Path(folder) / file for file in files):
                if path.is_file() and not path.is_symlink():
                    yield str(path), found_in(path.read_bytes())


@contextmanager
def watched(site: Platform) -> Iterator[set[str]]:
    """Meanwhile, the arguments and environments of all processes of all nodes; the secrets in them."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for pid in list(processes(*site.nodes.values())):
                for name in ("cmdline", "environ"):
                    with suppress(OSError):
                        seen.update(found_in(Path(f"/proc/{pid}/{name}").read_bytes()))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
