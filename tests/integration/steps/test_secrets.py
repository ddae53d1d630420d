"""20 secrets, planted in all that Ansible prints: none is kept or shown; and what a password is decides nothing."""

import base64
import json

import pytest

from tests.integration.steps.bench import Bench

pytestmark = [pytest.mark.integration, pytest.mark.long]

ODD = 'ab/+ $"quoted'
SECRETS = [f"Canary-{number:02}-{ODD if number % 3 else 'plain'}-{number * 7919:06}" for number in range(20)]
LEAKS = """\
- name: Leak
  hosts: all
  gather_facts: false
  vars:
    words: "{{{{ lookup('file', '{folder}/words.json') | from_json }}}}"
  tasks:
    - name: Say {{{{ words[0] }}}}
      ansible.builtin.debug:
        msg: "{{{{ words }}}}"
    - name: Say them in base64
      ansible.builtin.slurp:
        src: {folder}/words.json
    - name: Say one of each kind as a command
      ansible.builtin.command: echo {{{{ item | quote }}}}
      loop: "{{{{ words[:2] }}}}"
    - name: Say each to the shell, without a module's start
      ansible.builtin.raw: echo {{{{ item | quote }}}}
      loop: "{{{{ words }}}}"
    - name: Say them in hex
      ansible.builtin.command: xxd -p -c 999999 {folder}/words.json
    - name: Fail with them
      ansible.builtin.fail:
        msg: "{{{{ words | join(' ') }}}}"
      when: inventory_hostname == 'compute1'
"""
GATE = """\
- name: Leak too
  hosts: all
  gather_facts: false
  tasks:
    - name: Tell
      ansible.builtin.set_fact:
        airlock_gate:
          good: GOOD
          said: "{{{{ lookup('file', '{folder}/words.json') }}}}"
          all: "{{{{ dict(words | zip(words)) }}}}"
      vars:
        words: "{{{{ lookup('file', '{folder}/words.json') | from_json }}}}"
"""
WORDS = [
    "airlock",
    "airlock_gate",
    "control",
    "compute1",
    "good",
    "said",
    "what",
    "error",
    "steps",
    "gate",
    "10.0",
    "set_fact",
]
"""Passwords that stand in names of nodes, facts and keys."""


def found_in(data: bytes) -> set[str]:
    """The secrets in some bytes: raw, as JSON has them, in base64 and hex."""
    forms = {
        secret: (
            secret.encode(),
            json.dumps(secret)[1:-1].encode(),
            *(base64.b64encode(bytes(before) + secret.encode())[4:-4] for before in range(3)),
            secret.encode().hex().encode(),
        )
        for secret in SECRETS
    }
    return {secret for secret, each in forms.items() if any(form in data for form in each)}


@pytest.mark.parametrize(("fails", "good", "status"), [(True, True, 8), (False, True, 0), (False, False, 9)])
def test_no_secret_is_kept_or_shown(bench: Bench, fails: bool, good: bool, status: int) -> None:
    (bench.done / "words.json").write_text(json.dumps(SECRETS))
    (bench.folder / "steps/secrets.json").write_text(json.dumps(SECRETS))
    bench.playbook("one", LEAKS if fails else LEAKS.partition("    - name: Fail")[0])
    bench.playbook("gate_one", GATE.replace("GOOD", str(good).lower()))
    ran = bench.run("install", "--until", "one", "-v", "--", "-vvv", expect=status)
    assert "********" in ran.out
    assert found_in(f"{ran.out}{ran.err}".encode()) == set()
    kept = [path for path in bench.layout.root.rglob("*") if path.is_file()]
    assert any(path.name == "apply.log" for path in kept)
    assert {path: found for path in kept if (found := found_in(path.read_bytes()))} == {}
    for told in (
        bench.run("logs", "one"),
        bench.run("status", "--json"),
        bench.run("logs", "one", "--node", "compute1"),
    ):
        assert found_in(told.out.encode()) == set()


def test_gate_sees_what_there_is_whatever_the_passwords_are(bench: Bench) -> None:
    (bench.folder / "steps/secrets.json").write_text(json.dumps(WORDS))
    bench.run("install")
    assert [entry.state for entry in bench.entries] == ["committed"] * 2
    assert {node for entry in bench.entries for node in entry.result["gate"]} == {"control1", "compute1"}
    assert "changed     Write the file of one" in bench.run("logs", "one", "--node", "control1").out
    (bench.done / "one.control1.taken").write_text("altered")
    told = bench.run("install", expect=9).err
    assert "error: control1: expected ********, found {'********': False" in told
    assert bench.entries[-1].result["error"]["where"] == "control1"
    bench.run("report", "-o", str(bench.folder / "report"))
