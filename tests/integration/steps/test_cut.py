"""Runs that are cut, by kill, power or Ctrl-C, and what the next makes of it; one run at a time."""

import json
import random
import re
import signal
import time
from pathlib import Path

import pytest

from airlock_installer import holder
from airlock_installer.ledger import Ledger
from tests.integration.steps.bench import SECONDS, VARS, Bench, wait_until
from tests.integration.steps.conftest import Whole
from tests.soak import cases

pytestmark = [pytest.mark.integration, pytest.mark.long]

SEED = 20261121


def is_waiting(bench: Bench, run: int = 1) -> bool:
    """Whether a step waits before its handlers."""
    path = bench.layout.runs / f"{run:06}-one/apply.log"
    return path.is_file() and "begins: Wait for the test" in path.read_text()


def test_run_that_was_killed_is_told_of_and_gone_on_with_handlers_included(bench: Bench) -> None:
    bench.hold_back()
    with bench.started("install") as process:
        wait_until(lambda: is_waiting(bench))
        process.kill()
    assert bench.processes(), "ansible-playbook outlives whoever started it"
    with bench.started("install", "--until", "one") as process:
        wait_until(lambda: is_waiting(bench, run=2))
        bench.go()
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert re.search(r"-  note  ended \d+ processes that a run which was cut had left at work", out)
    assert re.search(r"one  note  run 1 of .* was cut while it was applied: gone on with", out)
    assert [(entry.state, entry.continues) for entry in bench.entries] == [("intent", None), ("committed", 1)]
    assert bench.state()["one.control1.taken"] == "one a.test\n"
    assert not bench.processes()


def test_run_that_was_cut_before_its_gate_is_gone_on_with_by_its_gate_alone(installed: Bench) -> None:
    Ledger(installed.layout.ledger).move(1, "applied")
    out = installed.run("install", "--until", "one").out
    assert "was cut before its gate had passed: gone on with" in out
    assert "  task  " not in out
    assert [(entry.id, entry.state) for entry in installed.entries] == [(1, "committed"), (2, "committed")]


def test_part_of_a_step_that_was_killed_is_made_up_for_by_a_whole_run_alone_and_what_follows_waits(
    installed: Bench,
) -> None:
    (installed.site / "vars.yml").write_text(VARS.replace("a.test", "b.test"))
    installed.hold_back()
    with installed.started("run", "one", "--", "--limit", "compute1") as process:
        wait_until(lambda: is_waiting(installed, run=3))
        process.kill()
    installed.go()
    assert installed.state()["one.compute1"] != installed.state()["one.compute1.taken"]
    cannot = installed.run("run", "two", expect=9).err
    assert "two cannot begin: the gate of one before it has not passed" in cannot
    assert re.search(r"why: run 3 of .* with --limit compute1 was cut while it was applied\n", cannot)
    installed.run("run", "one", "--", "--limit", "control1", expect=9)
    assert re.search(
        "with --limit control1 failed\n.*run `airlock-site install`", installed.run("run", "two", expect=9).err
    )
    installed.run("install")
    assert installed.state()["one.compute1.taken"] == "one b.test\n"
    installed.run("run", "two")


def test_part_of_a_step_that_was_killed_leaves_it_to_be_run_again_though_no_input_changed(installed: Bench) -> None:
    (installed.done / "one.compute1").unlink()
    installed.hold_back()
    with installed.started("run", "one", "--", "--limit", "compute1") as process:
        wait_until(lambda: is_waiting(installed, run=3))
        process.kill()
    (installed.done / "one.compute1.taken").write_text("one a.test\n")
    installed.go()
    out = installed.run("install").out
    assert re.search("one  note  run 3 of .* with --limit compute1 was cut while it was applied: run again", out)
    assert "one  changed  compute1  Take it up" in out, "its gate would have passed"
    assert "one  skipped" in installed.run("install").out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_a_step_in_order_and_the_ledger_knows(bench: Bench, number: signal.Signals) -> None:
    bench.hold_back()
    with bench.started("install") as process:
        wait_until(lambda: is_waiting(bench))
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number
    assert err.splitlines()[-1] == "stopped; `airlock-site install` goes on from here"
    assert "one  interrupted" in out
    assert [entry.state for entry in bench.entries] == ["interrupted"]
    assert not bench.processes()
    assert not list(bench.layout.ansible.iterdir())


def test_programs_are_told_which_step_was_interrupted_and_which_not_begun(bench: Bench) -> None:
    bench.hold_back()
    with bench.started("install", "--json") as process:
        wait_until(lambda: is_waiting(bench))
        process.send_signal(signal.SIGTERM)
        told = json.loads(process.communicate(timeout=SECONDS)[0])
    assert told["steps"] == {"one": "interrupted", "two": "not begun"}
    assert (told["error"]["what"], told["exit"], process.returncode) == ("stopped", 143, 143)


def test_of_50_that_start_at_once_one_runs_and_49_name_it(bench: Bench, tmp_path: Path) -> None:
    bench.hold_back()
    crowd = tmp_path / "crowd"
    crowd.mkdir()
    with bench.start_at_once(50, crowd, "install") as process:
        wait_until(lambda: len(list(crowd.glob("*.status"))) == 49 and is_waiting(bench))
        first = holder.present(bench.layout.lock)
        status = bench.run("status").out
        bench.go()
        assert process.wait(SECONDS) == 0
    assert first
    ended = {int(path.stem): path.read_text() for path in crowd.glob("*.status")}
    assert ended.pop(first.pid) == "0"
    assert list(ended.values()) == ["10"] * 49
    named = re.compile(
        rf"error: .*: the site is held by `install` of {first.user}, process {first.pid}, since \d{{4}}-.* UTC"
    )
    assert [pid for pid in ended if not named.match((crowd / f"{pid}.err").read_text())] == []
    assert f"process {first.pid}" in status
    assert re.search(r"^step one .*  at work +for \d+:\d\d of about ", status, re.MULTILINE)
    assert "cut" not in status
    assert [entry.step for entry in bench.entries] == ["one", "two"]


def test_holder_that_died_does_not_hold(bench: Bench) -> None:
    bench.hold_back()
    with bench.started("install") as process:
        wait_until(lambda: is_waiting(bench))
        assert holder.present(bench.layout.lock)
        process.kill()
    assert holder.present(bench.layout.lock) is None
    bench.go()
    bench.run("install", "--until", "one")


def test_log_of_a_run_at_work_is_followed_to_its_end(bench: Bench) -> None:
    bench.hold_back()
    with bench.started("run", "one") as process:
        wait_until(lambda: is_waiting(bench))
        with bench.started("logs", "one", "--follow") as follower:
            assert follower.stdout
            wait_until(lambda: "begins: Wait for the test" in follower.stdout.readline())  # type: ignore[union-attr]
            bench.go()
            rest = follower.communicate(timeout=SECONDS)[0]
        assert process.wait(SECONDS) == 0
    assert "PLAY RECAP" in rest
    assert follower.returncode == 0


@pytest.mark.soak
@pytest.mark.parametrize("case", range(cases(1, 100)))
def test_whenever_runs_are_cut_the_next_ends_as_a_clean_one_does(bench: Bench, whole: Whole, case: int) -> None:
    generator = random.Random(SEED + case)
    for takes_power in generator.sample([True, False], 2):
        with bench.started("install") as process:
            time.sleep(generator.random() * whole.seconds)
            process.kill()
            if takes_power:
                bench.end_processes()
    out = bench.run("install").out
    assert bench.state() == whole.state
    last = {entry.step: entry.state for entry in bench.entries}
    assert last == {"one": "committed", "two": "committed"}, out
    assert not bench.processes()
    assert bench.json("install") == {"steps": {"one": "skipped", "two": "skipped"}}
