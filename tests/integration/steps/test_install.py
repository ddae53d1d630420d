"""Steps in order, gates between them, what is told, and what the next run makes of the last."""

import json

import pytest

from tests.integration.steps.bench import HOSTS, VARS, WORK, Bench
from tests.integration.steps.conftest import Whole

pytestmark = [pytest.mark.integration, pytest.mark.long]

BROKEN = """\
- name: Break {name}
  hosts: all
  gather_facts: false
  tasks:
    - name: Break on one node
      ansible.builtin.command: "false"
      when: inventory_hostname == 'compute1'
"""


LINE = """\
- name: Do {name}
  hosts: all
  gather_facts: false
  tasks:
    - name: Write the file of {name}
      ansible.builtin.lineinfile:
        path: {folder}/{name}.{{{{ inventory_hostname }}}}
        line: "{name} {{{{ ntp_servers | join(' ') }}}}"
        create: true
        mode: "0600"
"""


def whats(out: str) -> list[str]:
    """What was told of steps, without times and tasks."""
    rows = [line.split("  ") for line in out.splitlines() if line.startswith("20")]
    return [f"{row[1]} {row[2]}" for row in rows if row[2] not in ("planned", "task", "changed")]


def test_steps_are_run_in_order_with_a_gate_after_each_and_passed_over_when_it_passes_again(
    whole: Whole, installed: Bench
) -> None:
    first = whole.told
    assert whats(first) == ["one begin", "one gate", "one done", "two begin", "two gate", "two done"]
    assert first.count("PLAY RECAP ***") == 2, "of the steps, not of their gates"
    assert "control1                   : ok=2    changed=2" in first
    assert sorted(whole.state) == [
        *("one.compute1", "one.compute1.taken", "one.control1", "one.control1.taken"),
        *("two.compute1", "two.compute1.taken", "two.control1", "two.control1.taken"),
    ]
    again = installed.run("install").out
    assert whats(again) == ["one begin", "one gate", "one skipped", "two begin", "two gate", "two skipped"]
    assert "done by run 1 with the same inputs; its gate passed again on 2 nodes" in again
    assert [entry.state for entry in installed.entries] == ["committed"] * 2


def test_changed_input_is_named_and_its_step_alone_run_again(installed: Bench) -> None:
    (installed.site / "vars.yml").write_text(VARS.replace("a.test", "b.test"))
    assert installed.json("status")["steps"]["one"]["changed_inputs"] == ["vars.yml: ntp_servers"]
    out = installed.run("install").out
    assert "one  note  changed since run 1: vars.yml: ntp_servers" in out
    assert whats(out)[1:] == ["one begin", "one gate", "one done", "two begin", "two gate", "two skipped"]
    (installed.site / "hosts").write_text(HOSTS.replace("10.0.0.2", "10.0.0.3"))
    assert "one  note  changed since run 3: hosts: compute1" in installed.run("install").out


def test_step_whose_gate_passes_no_more_is_run_again(installed: Bench) -> None:
    (installed.done / "one.control1.taken").write_text("altered by somebody")
    (installed.done / "one.control1").unlink()
    out = installed.run("install").out
    assert "one  note  done by run 1, but: control1: expected good" in out
    assert whats(out)[3:] == ["one begin", "one gate", "one done", "two begin", "two gate", "two skipped"]


def test_step_whose_files_are_right_and_whose_gate_failed_has_its_handlers_the_next_time(installed: Bench) -> None:
    (installed.done / "one.control1.taken").write_text("altered by somebody")
    installed.run("install", expect=9)
    assert installed.run("install").out.count("one  changed  control1  Take it up") == 1
    assert installed.state()["one.control1.taken"] == "one a.test\n"


def test_gate_that_failed_after_a_part_of_its_step_blocks_what_follows_until_it_passed(installed: Bench) -> None:
    (installed.done / "one.control1").write_text("altered by somebody")
    installed.run("run", "one", "--", "--limit", "compute1", expect=9)
    blocked = installed.run("run", "two", expect=9).err
    assert "two cannot begin: the gate of one before it has not passed" in blocked
    assert " with --limit compute1 failed" in blocked
    assert "run `airlock-site install`" in blocked
    assert " with --limit compute1 failed: run again" in installed.run("status").out
    installed.run("install", "--from", "two", expect=9)
    installed.run("run", "one", "--", "--limit", "control1")
    assert "two done" in whats(installed.run("run", "two").out)


def test_failed_task_names_its_node_and_what_follows_is_not_begun(bench: Bench) -> None:
    bench.playbook("one", BROKEN)
    told = bench.run("install", expect=8)
    assert "error: compute1: the task 'Break on one node' failed" in told.err
    assert "one failed" in whats(told.out)
    assert "PLAY RECAP" in told.out
    assert [entry.step for entry in bench.entries] == ["one"]
    assert bench.entries[0].result["error"]["where"] == "compute1"
    assert bench.entries[0].result["counts"]["compute1"]["failures"] == 1


def test_failed_gate_says_what_was_expected_and_found_and_blocks_what_follows(bench: Bench) -> None:
    bench.playbook("one", "- name: Nothing\n  hosts: all\n  gather_facts: false\n")
    told = bench.run("install", expect=9)
    assert "control1: expected good, found {'good': False" in told.err
    assert "do:  make it good" in told.err
    blocked = bench.run("run", "two", expect=9)
    assert "two cannot begin: the gate of one before it has not passed" in blocked.err
    assert "run `airlock-site install`" in blocked.err
    assert [entry.state for entry in bench.entries] == ["failed"]
    bench.playbook("one", WORK)
    assert "one  note  run 1 of" in bench.run("install", "--until", "one").out


def test_programs_are_told_what_became_of_each_step_when_one_fails_or_nothing_could_begin(bench: Bench) -> None:
    bench.playbook("two", BROKEN)
    told = json.loads(bench.run("install", "--json", expect=8).out)
    assert told["steps"] == {"one": "done", "two": "failed"}
    assert (told["exit"], told["error"]["where"]) == (8, "compute1")
    bench.playbook("one", BROKEN)
    (bench.site / "vars.yml").write_text(VARS.replace("a.test", "b.test"))
    told = json.loads(bench.run("install", "--json", expect=8).out)
    assert told["steps"] == {"one": "failed", "two": "not begun"}
    told = json.loads(bench.run("run", "two", "--json", expect=9).out)
    assert (told["steps"], told["exit"]) == ({"two": "not begun"}, 9)


def test_from_and_until_bound_what_is_run(bench: Bench) -> None:
    assert whats(bench.run("install", "--until", "one").out)[-1] == "one done"
    assert whats(bench.run("install", "--from", "two").out) == ["two begin", "two gate", "two done"]


def test_dry_run_shows_differences_and_counts_as_nothing(bench: Bench) -> None:
    bench.playbook("one", LINE)
    out = bench.run("install", "--check").out
    assert "+one a.test" in out, "Ansible's --diff"
    assert "one  told  " in out
    assert "a dry run: nothing was changed, and its gate was not looked at" in out
    assert bench.state() == {}
    assert [entry.state for entry in bench.entries] == ["dry", "dry"]
    assert bench.json("status")["steps"]["one"]["state"] == "to do"


def test_arguments_are_passed_on_and_less_than_a_whole_step_is_looked_at_and_counts_as_not_done(bench: Bench) -> None:
    told = bench.run("run", "one", "--", "--limit", "control1", "-e", "word=hush", expect=9)
    assert "compute1 " not in told.out.partition("PLAY RECAP")[2].partition("one  gate")[0]
    assert "compute1: expected good" in told.err, "its gate looks at every node"
    assert bench.entries[0].arguments == ["--limit", "control1", "-e", "***"]
    out = bench.run("run", "one", "--", "--limit", "compute1").out
    assert "its gate passed on 2 nodes; not the whole step was run: it counts as not done" in out
    assert bench.json("status")["steps"]["one"]["state"] == "to do"


def test_what_ansible_playbook_would_refuse_is_refused_before_anything_begins(bench: Bench) -> None:
    told = bench.run("run", "one", "--", "--nonesuch", expect=2)
    assert "error: ansible-playbook: unrecognized arguments: --nonesuch" in told.err
    assert bench.entries == []


def test_all_that_ansible_prints_is_told_where_its_own_v_asks_for_it(installed: Bench, whole: Whole) -> None:
    assert "TASK [Write the file of one]" not in whole.told
    assert "TASK [Write the file of one]" in installed.run("run", "one", "--", "-v").out


def test_logs_are_there_by_step_node_and_run(installed: Bench) -> None:
    installed.run("run", "one")
    assert "# " + str(installed.layout.runs / "000003-one/apply.log") in installed.run("logs", "one").out
    assert "000001-one/apply.log" in installed.run("logs", "one", "--run", "1").out
    node = installed.run("logs", "one", "--node", "compute1", "--run", "1").out
    assert "changed     Write the file of one" in node
    assert "PLAY RECAP" not in node
    assert "of: compute1, control1" in installed.run("logs", "one", "--node", "x", expect=3).err
    assert "there is no run 7 of one" in installed.run("logs", "one", "--run", "7", expect=3).err
