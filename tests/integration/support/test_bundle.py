"""``support-bundle``: twenty canaries planted where secrets come to be, and none of them in what is handed on."""

from __future__ import annotations

import base64
import json
import os
import sys
import tarfile
from pathlib import Path

import pexpect
import pytest

from airlock_installer.layout import Layout
from airlock_installer.ledger import Begun, Ledger
from airlock_installer.site import samples
from airlock_installer.vault import use
from tests import warm
from tests.canaries import forms

pytestmark = pytest.mark.integration

SECONDS = 300.0
"""After which a run is taken to hang, on a machine with much else to do."""
CANARIES = [f"cAnary-{number:02d}~{'xyzzy' * (number % 3)}+é{number}" for number in range(20)]
IN_VAULT, PUSH, LOOKING = CANARIES[:10], CANARIES[10], CANARIES[11:]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A deployer in whose logs, settings and site all canaries were planted."""
    layout, site = Layout(tmp_path / "root"), tmp_path / "site"
    samples.write_one_node(site)
    layout.push_password.parent.mkdir(parents=True)
    layout.push_password.write_text(f"{PUSH}\n")
    use.of(layout, site).write({f"vault_{number}_password": text for number, text in enumerate(IN_VAULT)})
    known = [*IN_VAULT, PUSH]
    lines = [form for text in known for form in forms(text)]
    lines += [f'msg: "{text}" and user:{text}' for text in known] + [json.dumps({"said": text}) for text in known]
    log = layout.log / "runs/000001-preflight/apply.log"
    log.parent.mkdir(parents=True)
    log.write_text("\n".join(lines))
    (layout.log / "nginx-access.log").write_text("\n".join(f"GET /?q={_basic(text)}" for text in known))
    own = f"my_password: {LOOKING[0]}\nnetapp_passwords:\n  one: {LOOKING[1]}\n"
    (site / "group_vars/all/mine.yml").write_text(f"{own}url: https://u:{LOOKING[2]}@h/\n")
    with (site / "hosts").open("a") as hosts:
        hosts.write(f"\n[all:vars]\nansible_become_pass={LOOKING[3]}\n")
    assigned = f'password={LOOKING[4]}\n--token {LOOKING[5]}\n"secret": "{LOOKING[6]}"\napi_key: \'{LOOKING[8]}\'\n'
    key = f"-----BEGIN PRIVATE KEY-----\n{LOOKING[7]}\n-----END PRIVATE KEY-----\n"
    (layout.log / "other.log").write_text(f"{assigned}{key}{LOOKING[0]} {LOOKING[1]} {LOOKING[3]}\n")
    ledger = Ledger(layout.ledger)
    run = ledger.begin(Begun("preflight", "clex", inputs={"hosts": "sha256:0"}), layout.runs)
    ledger.move(run.id, "failed", {"error": {"what": f"sudo said {IN_VAULT[0]}", "why": _basic(IN_VAULT[1])}})
    return layout


def _basic(text: str) -> str:
    return base64.b64encode(f"user:{text}".encode()).decode()


def _words(layout: Layout, *words: str) -> list[str]:
    return ["support-bundle", "--site", str(layout.root.parent / "site"), *words]


def _environment(layout: Layout) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(layout.root), "AIRLOCK_ROOT": str(layout.root), "NO_COLOR": "1"}


def _run(layout: Layout, *words: str) -> warm.Ended:
    """Run it to its end, its imports made before."""
    order = warm.Order(_words(layout, *words), str(layout.root), _environment(layout))
    return warm.program("airlock-site").run(order, seconds=SECONDS)


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {one.name.partition("/")[2]: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def test_none_of_twenty_canaries_is_in_the_bundle_raw_in_base64_or_in_hex(layout: Layout, tmp_path: Path) -> None:
    done = _run(layout, "--yes", "-v", "-o", str(tmp_path / "bundle.tar.gz"))
    assert done.status == 0, done.err
    members = _members(tmp_path / "bundle.tar.gz")
    shown = {**members, "stdout": done.out.encode(), "stderr": done.err.encode(), "names": repr(members).encode()}
    key = use.of(layout, tmp_path / "site").key.read_text().strip()
    found = [
        (text, name)
        for text in [*CANARIES, key]
        for form in forms(text)
        for name, data in shown.items()
        if form.encode() in data
    ]
    assert found == []
    assert (tmp_path / "bundle.tar.gz").stat().st_mode & 0o777 == 0o600


def test_bundle_has_findings_facts_ledger_logs_and_the_site(layout: Layout, tmp_path: Path) -> None:
    _run(layout, "--yes", "-o", str(tmp_path / "bundle.tar.gz"))
    members = _members(tmp_path / "bundle.tar.gz")
    assert {"doctor.txt", "ledger.json", "logs/runs/000001-preflight/apply.log", "site/hosts"} <= members.keys()
    assert json.loads(members["doctor.json"])["findings"][0]["severity"] == "error"
    assert [one["state"] for one in json.loads(members["ledger.json"])] == ["failed"]
    assert not [name for name in members if "vault.yml" in name or name.endswith(".key")]


def test_list_is_shown_and_nothing_is_written_without_a_yes(layout: Layout, tmp_path: Path) -> None:
    target = tmp_path / "bundle.tar.gz"
    done = _run(layout, "-o", str(target))
    assert done.status == 2
    assert "site/hosts" in done.err
    assert "left out" in done.err
    words = ["-m", "airlock_installer", *_words(layout, "-o", str(target))]
    child = pexpect.spawn(sys.executable, words, env=_environment(layout), encoding="utf-8", timeout=60)
    child.expect_exact("Write these ")
    assert "site/hosts" in str(child.before)
    child.sendline("n")
    child.expect_exact("nothing was written")
    child.expect(pexpect.EOF)
    child.close()
    assert not target.exists()
    assert _run(layout, "--list", "-o", str(target)).status == 0
    assert not target.exists()
