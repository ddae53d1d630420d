"""Drills: what they leave in ledger, status, logs and report, and what becomes of one that is cut in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.steps.bench import Bench, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.long]

NODE = "compute1"
PLAY = """\
- name: A drill
  hosts: "{{ airlock_drill_node }}"
  connection: local
  gather_facts: false
  tasks:
"""
BREAK = "    - ansible.builtin.raw: rm {folder}/one.compute1.taken\n"
MEND = (
    "    - ansible.builtin.raw: test ! -e {folder}/stuck && cp -p {folder}/one.compute1 {folder}/one.compute1.taken\n"
)


@pytest.fixture
def site(installed: Bench) -> Bench:
    """A site whose steps are done, and which has a drill of the step one."""
    for name, tasks in (("break_one", BREAK), ("mend_one", MEND)):
        (installed.folder / f"steps/{name}.yml").write_text(PLAY + tasks.format(folder=installed.done))
    (installed.folder / "steps/promised").write_text("2")
    return installed


@contextmanager
def broken(site: Bench) -> Iterator[subprocess.Popen[str]]:
    """A drill that has broken what it breaks, and holds on."""
    hold = site.folder / "steps/hold"
    hold.touch()
    with site.started("drill", "one") as process:
        wait_until(lambda: not _taken(site).exists() or process.poll() is not None)
        yield process
    hold.unlink()


def _taken(site: Bench) -> Path:
    return site.done / f"one.{NODE}.taken"


def _cut(site: Bench) -> None:
    with broken(site) as process:
        process.kill()
        process.wait()
    assert not _taken(site).exists()


def test_drill_is_in_ledger_status_logs_and_report_with_who_when_and_the_seconds(site: Bench) -> None:
    before = site.state()
    told = site.json("drill", "one")
    assert told == {"node": NODE, "text": f"one was away from {NODE} for 1.5 s", "seconds": 1.5, "promised": 2.0}
    assert site.state() == before
    entry = site.entries[-1]
    assert (entry.step, entry.kind, entry.state, entry.result["drill"]) == ("one", "drill", "committed", told)
    assert [state for state, _ in entry.moves] == ["intent", "applied", "verified", "committed"]
    (row,) = [line for line in site.run("status").out.splitlines() if line.startswith("drill one")]
    assert row.split("  ")[-1].strip() == f"one was away from {NODE} for 1.5 s"
    assert "  passed  " in row
    assert site.json("status")["steps"]["one"]["run"]["kind"] == "full"
    log = site.run("logs", "one").out
    assert f"bringing one of {NODE} back" in log
    assert "Gate of one" in log
    report = site.json("report")
    (drill,) = report["drills"]
    assert (drill["step"], drill["state"], drill["by"], drill["found"]) == ("one", "passed", entry.by, told)
    assert set(drill["gate"]["found"]) == set(drill["gate"]["told"]) == {"control1", NODE}
    assert site.json("install")["steps"] == {"one": "skipped", "two": "skipped"}
    site.run("report", "-o", str(site.folder))
    assert f"one was away from {NODE} for 1.5 s" in (site.folder / "airlock-report.html").read_text()


def test_drill_that_took_too_long_fails_with_its_seconds_in_the_ledger(site: Bench) -> None:
    (site.folder / "steps/promised").write_text("1")
    done = site.run("drill", "one", expect=9)
    assert "expected recovery within 1 s, it took 1.5 s" in done.err
    assert (site.entries[-1].state, site.entries[-1].result["drill"]["seconds"]) == ("failed", 1.5)
    assert "expected recovery within 1 s, it took 1.5 s" in site.run("status").out


@pytest.mark.parametrize("command", [["install"], ["run", "two"], ["drill", "one"]], ids=lambda words: words[0])
def test_next_command_brings_back_what_a_killed_drill_had_broken(site: Bench, command: list[str]) -> None:
    before = site.state()
    _cut(site)
    assert f"left one of {NODE} broken: the next `airlock-site install`" in site.run("status").out
    out = site.run(*command).out
    assert f"the drill of run 3 did not bring one of {NODE} back: doing it now" in out
    assert site.state() == before
    assert site.json("status")["drills"]["one"]["result"]["harm"] is None
    assert "did not bring" not in site.run("install").out
    assert [entry.kind for entry in site.entries if entry.step == "one"].count("full") == 1
    assert site.json("report")["drills"][0]["state"] == "cut"


def test_dry_run_changes_nothing_though_a_drill_was_cut(site: Bench) -> None:
    _cut(site)
    site.run("install", "--check")
    assert not _taken(site).exists()
    assert f"left one of {NODE} broken" in site.run("status").out


def test_what_cannot_be_brought_back_is_told_and_tried_again(site: Bench) -> None:
    before = site.state()
    _cut(site)
    (site.done / "stuck").touch()
    assert f"{NODE}: the task" in site.run("run", "two").out
    (site.done / "stuck").unlink()
    site.run("run", "two")
    assert site.state() == before


def test_node_that_hosts_no_longer_has_is_not_taken_for_mended(site: Bench) -> None:
    _cut(site)
    hosts = site.site / "hosts"
    known = hosts.read_text()
    hosts.write_text(known.replace(f"{NODE} ip", "compute9 ip"))
    assert "hosts no longer has the node" in site.run("run", "two").out
    hosts.write_text(known)
    site.run("run", "two")
    assert _taken(site).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_drill_that_is_told_to_stop_brings_back_what_it_broke(site: Bench, number: signal.Signals) -> None:
    before = site.state()
    with broken(site) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (128 + number, "stopped; what it broke was brought back\n")
    assert site.state() == before
    assert (site.entries[-1].state, site.entries[-1].result["harm"]) == ("interrupted", None)


@pytest.mark.parametrize("command", [["install"], ["drill", "one"]], ids=lambda words: words[0])
def test_whoever_comes_during_a_drill_is_told_of_it(site: Bench, command: list[str]) -> None:
    with broken(site) as process:
        err = site.run(*command, expect=10).err
        assert f"the site is held by `drill one` of root, process {process.pid}" in err
        assert "drill one" in site.run("status").out
        assert json.loads(site.run("status", "--json").out)["running"]["command"] == "drill one"
    assert [entry.kind for entry in site.entries] == ["full", "full", "drill"]


def test_drill_of_an_unhealthy_step_breaks_nothing_and_is_written_down(site: Bench) -> None:
    _taken(site).unlink()
    assert "expected good" in site.run("drill", "one", expect=9).err
    assert site.entries[-1].state == "failed"
    assert "harm" not in site.entries[-1].result


def test_what_the_gate_found_in_a_drill_is_kept_without_secrets(site: Bench) -> None:
    (site.folder / "steps/secrets.json").write_text(json.dumps(["a.test", NODE]))
    site.run("drill", "one")
    assert site.entries[-1].result["gate"][NODE] == {"good": True, "said": "one ********"}
