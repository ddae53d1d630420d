"""What goes wrong at a site, one fault after the other on the guide's platform; each leaves it as it was."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.site import state, undoing
from tests.site.guide import Walk
from tests.site.landed import DEPLOYER
from tests.site.node import Node
from tests.site.platform import USER, VIP, Platform, wait_until
from tests.site.running import started
from tests.site.state import State
from tests.site.tally import Tally

pytestmark = pytest.mark.site

SEED = 20261122
FRONT = f"frontend front\n    bind {VIP}:6666 transparent\n    mode http\n    monitor-uri /\n"
PROMISED = 13
"""Seconds within which the level of the site moves the virtual address (docs/field-engineer.md)."""
MEDIUM = "/run/airlock/media"
AT_ONCE = 50
CROWD = f"""\
import os, sys
from airlock_installer import cli
waits, begins = os.pipe()
for _ in range({AT_ONCE}):
    if os.fork() == 0:
        os.close(begins)
        os.read(waits, 1)
        out = os.open(f"/run/crowd/{{os.getpid()}}.err", os.O_WRONLY | os.O_CREAT)
        os.dup2(out, 1), os.dup2(out, 2)
        os._exit(cli.run(["run", "ha"]))
os.close(begins)
for _ in range({AT_ONCE}):
    pid, status = os.wait()
    with open(f"/run/crowd/{{pid}}.status", "w") as file:
        print(os.waitstatus_to_exitcode(status), file=file)
"""


def test_holder_of_the_virtual_address_loses_its_power_and_another_serves(whole: Platform, tally: Tally) -> None:
    fault = "the holder of the virtual address loses its power"
    tally.begins(fault)
    with fronted(whole), calls(whole) as answered:
        whole.deployer.check("systemctl stop keepalived")
        wait_until(lambda: whole.holders() == ["control2"])
        whole.deployer.check("systemctl start keepalived")
        wait_until(lambda: answered and time.monotonic() - answered[-1] < 1)
        cut = time.monotonic()
        whole.cut("control2")
        wait_until(lambda: answered[-1] > cut + 1)
        silent = max(after - before for before, after in pairwise(each for each in answered if each > cut - 1))
        assert whole.holders() in (["control1"], ["control3"])
        whole.boot("control2")
    assert silent <= PROMISED
    whole.come_home()
    tally.held(fault, f"connections served again after {silent:.1f} s, {PROMISED} s are promised")


def test_haproxy_of_the_holder_stops_and_the_address_leaves_it(whole: Platform, tally: Tally) -> None:
    fault = "haproxy stops on the holder"
    tally.begins(fault)
    began = time.monotonic()
    whole.deployer.check("systemctl stop haproxy")
    wait_until(lambda: whole.holders() and whole.holders() != ["control1"])
    seconds = time.monotonic() - began
    assert seconds <= PROMISED
    whole.deployer.check("systemctl start haproxy")
    whole.come_home()
    tally.held(fault, f"the address left it after {seconds:.1f} s, {PROMISED} s are promised")


def test_faults_in_the_middle_of_steps_are_named_and_the_rerun_ends_as_a_clean_run(
    whole: Platform, clean: State, tally: Tally
) -> None:
    undoing.undo(whole, "preflight")
    ways = (wrong_password, early_clock, full_disk, full_disk_of_the_deployer, pulled_cable)
    faults = [way(whole, tally) for way in ways]
    done = whole.airlock("install --until ha")
    assert done.returncode == 0, done.stdout + done.stderr
    whole.come_home()
    assert state.difference(clean, state.of(whole)) == {}
    for fault, seen in faults:
        tally.held(fault, f"{seen}; the rerun ended as a clean run")


def wrong_password(site: Platform, tally: Tally) -> tuple[str, str]:
    """The vault has one, and the nodes do not know the key."""
    fault = "the vault has a wrong password"
    tally.begins(fault)
    vault = site.folder / "group_vars/all/vault.yml"
    kept = vault.read_bytes()
    site.give_passwords("wrong")
    site.deployer.run("pkill -x ssh")  # Ansible keeps connections for a minute, which need no password again
    done = site.airlock("run preflight")
    vault.write_bytes(kept)
    assert done.returncode == 8, done.stdout + done.stderr
    assert {name for name in site.nodes if f"{name}: " in done.stderr} == set(site.nodes) - {"control1"}
    assert "password" in done.stderr
    return fault, "exit 8, the nodes named"


def early_clock(site: Platform, tally: Tally) -> tuple[str, str]:
    """All clocks are before the release's time, which is set forward: containers have this machine's clock."""
    fault = "clocks are before the release's time"
    tally.begins(fault)
    shown = json.loads(site.deployer.check(f"cat {MEDIUM}/release/release.json"))
    shown["epoch"] = int(time.time()) + 10 * 365 * 86400
    (site.deployer.path / "root/later.json").write_text(json.dumps(shown))
    site.deployer.check(f"mount --bind /root/later.json {MEDIUM}/release/release.json")
    done = site.airlock("run preflight")
    site.deployer.check(f"umount {MEDIUM}/release/release.json && rm /root/later.json")
    assert done.returncode == 8, done.stdout + done.stderr
    for name in site.nodes:
        assert f"{name}: the task 'Compare CPUs, memory, disk and clock with what is asked' failed" in done.stderr
    assert "not before the release's" in done.stderr
    return fault, "exit 8 before anything is changed, every node named (the release's time was set forward)"


def full_disk(site: Platform, tally: Tally) -> tuple[str, str]:
    """A node cannot take what a step writes."""
    fault = "a node's disk is full"
    tally.begins(fault)
    with full(site, "compute1", "/etc/yum.repos.d"):
        done = site.airlock("run preflight")
    assert done.returncode == 8, done.stdout + done.stderr
    assert re.search(r"compute1: .*\n.*No space left on device", done.stderr), done.stderr
    return fault, "exit 8, node and reason named"


def full_disk_of_the_deployer(site: Platform, tally: Tally) -> tuple[str, str]:
    """The deployer cannot take its logs."""
    fault = "the deployer's disk is full"
    tally.begins(fault)
    with full(site, "control1", "/var/log/airlock/runs"):
        done = site.airlock("run preflight")
    assert done.returncode == 6, done.stdout + done.stderr
    assert "no space left" in done.stderr
    return fault, "exit 6, the file named"


def pulled_cable(site: Platform, tally: Tally) -> tuple[str, str]:
    """A node is gone from all its networks at a random moment of a step, and comes back."""
    fault = "a node's cables are pulled in the middle of a step"
    tally.begins(fault)
    with started(site, "run", "preflight") as running:
        running.wait_for(random.Random(SEED).randrange(10, 40))
        site.nets.unplug("storage2")
        status, told = running.end()
    site.nets.plug("storage2")
    assert status == 8, told
    assert "storage2: " in told
    return fault, "exit 8, the node named"


def test_medium_is_pulled_out_while_it_is_served(available: Walk, clean_before_landing: State, tally: Tally) -> None:
    fault = "the medium is pulled out while it is served"
    tally.begins(fault)
    site = available.site
    catalog = f"curl -sf --cacert /etc/airlock/pki/ca.crt https://{DEPLOYER}:5000/v2/_catalog"
    pull_out_the_medium(site)
    doctor = site.airlock("doctor --quick")
    assert doctor.returncode == 9, doctor.stdout + doctor.stderr
    assert re.search(r"ERROR +medium: ", doctor.stdout), doctor.stdout
    refused = site.nodes["compute1"].run("dnf -q --refresh repoquery tree")
    assert refused.returncode != 0, refused.stdout
    assert json.loads(site.deployer.check(catalog))["repositories"]
    put_in_the_medium(site)
    assert "ERROR    medium" not in site.airlock("doctor --quick").stdout
    assert "tree-" in site.nodes["compute1"].check("dnf -q --refresh repoquery tree")
    assert state.difference(clean_before_landing, state.of(site)) == {}
    tally.held(fault, "doctor names it, exit 9; images are served on; put in again, packages are, too")


def test_medium_is_pulled_out_after_landing(whole: Platform, tally: Tally) -> None:
    fault = "the medium is pulled out after landing"
    tally.begins(fault)
    pull_out_the_medium(whole)
    doctor = whole.airlock("doctor --quick")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert re.search(r"WARNING +medium: .*the medium cannot be read", doctor.stdout), doctor.stdout
    assert "the nodes are served by landing's copies" in doctor.stdout
    whole.nodes["compute1"].check("dnf -q --refresh repoquery tree")
    put_in_the_medium(whole)
    assert "the medium cannot be read" not in whole.airlock("doctor --quick").stdout
    tally.held(fault, "doctor warns, exit 0; the nodes are served on by landing's copies; mounted again all is well")


def test_corrupted_blobs_are_named_by_doctor_and_mended_from_the_medium(whole: Platform, tally: Tally) -> None:
    chosen = corrupted_blobs(whole.deployer)
    fault = "a blob of the registry is corrupted"
    tally.begins(fault, len(chosen))
    done = whole.airlock("doctor --json")
    assert done.returncode == 9, done.stdout + done.stderr
    named = {one["where"] for one in json.loads(done.stdout)["findings"] if "is damaged" in one["what"]}
    assert named == {f"/{path.relative_to(whole.deployer.path)}" for path in chosen}
    whole.deployer.check("airlock-site serve up --deep", 300)
    tally.held(fault, "doctor names each; `serve up --deep` takes it from the medium again", len(chosen))


def test_corrupted_blobs_of_another_control_node_are_named_by_doctor_and_mended_by_landing(
    whole: Platform, tally: Tally
) -> None:
    other = whole.control["control2"]
    chosen = corrupted_blobs(other)
    fault = "a blob of another control node's registry is corrupted"
    tally.begins(fault, len(chosen))
    done = whole.airlock("doctor --json")
    assert done.returncode == 9, done.stdout + done.stderr
    (found,) = (one for one in json.loads(done.stdout)["findings"] if one["area"] == "copies")
    assert (found["where"], found["do"]) == ("control2", "airlock-site run landing, which fetches them anew")
    named = set(found["why"].removeprefix("other bytes: ").split(", "))
    assert named == {f"/{path.relative_to(other.path)}" for path in chosen}
    mended = whole.airlock("run landing")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert [path for path in chosen if hashlib.sha256(path.read_bytes()).hexdigest() != path.parent.name] == []
    again = whole.airlock("doctor --json")
    assert again.returncode == 0, again.stdout + again.stderr
    tally.held(fault, "doctor names node and blob; `run landing` fetches it anew", len(chosen))


def corrupted_blobs(node: Node) -> list[Path]:
    """Turn one bit somewhere in each of five blobs of a node's registry, which are these."""
    blobs, chance = sorted((node.path / "var/lib/airlock/registry").rglob("blobs/sha256/*/*/data")), random.Random(SEED)
    chosen = chance.sample(blobs, min(5, len(blobs)))
    for path in chosen:
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1
        path.write_bytes(data)
    return chosen


def test_of_50_that_start_at_once_one_runs_and_49_name_it(whole: Platform, tally: Tally) -> None:
    fault = f"{AT_ONCE} runs start at once"
    tally.begins(fault, AT_ONCE)
    (whole.deployer.path / "root/crowd.py").write_text(CROWD)
    python = "/opt/airlock/venv/bin/python"
    whole.deployer.check(
        f"mkdir -p /run/crowd && cd /home/{USER}/burrito-*/ && PYTHONPATH=/opt/airlock/lib {python} /root/crowd.py", 600
    )
    statuses = whole.deployer.check("cat /run/crowd/*.status").split()
    assert sorted(statuses) == ["0", *["10"] * (AT_ONCE - 1)]
    names = r"the site is held by `run ha` of \w*, process [0-9]*, since"
    assert len(whole.deployer.check(f"grep -l '{names}' /run/crowd/*.err").split()) == AT_ONCE - 1
    whole.deployer.check("rm -r /root/crowd.py /run/crowd")
    tally.held(fault, f"1 ran, {AT_ONCE - 1} named it and ended with 10", AT_ONCE)


def pull_out_the_medium(site: Platform) -> None:
    """End what reads it: who asks for its files gets an error of the disk."""
    site.deployer.check("for each in $(pidof fuseiso); do kill -9 $each; done")


def put_in_the_medium(site: Platform) -> None:
    """Have it mounted and served as doctor says."""
    site.deployer.check(f"umount -l /mnt; airlock-site media mount --from {site.drive}", 300)
    site.deployer.check("airlock-site serve up", 300)


@contextmanager
def fronted(site: Platform) -> Iterator[None]:
    """A frontend of a later step at the virtual address, on every control node."""
    for each in site.control.values():
        (each.path / "etc/haproxy/conf.d/50-front.cfg").write_text(FRONT)
        each.check("systemctl reload haproxy")
    try:
        yield
    finally:
        for each in site.control.values():
            each.check("rm /etc/haproxy/conf.d/50-front.cfg && systemctl reload haproxy")


@contextmanager
def calls(site: Platform) -> Iterator[list[float]]:
    """Somebody calls the virtual address again and again; when it answered."""
    answered: list[float] = []
    over = threading.Event()
    curl = ["curl", "--silent", "--fail", "--output", "/dev/null", "--max-time", "0.5", f"http://{VIP}:6666/"]

    def call() -> None:
        while not over.wait(0.05):
            words = ["nsenter", f"--net={site.nets.namespace('laptop')}", *curl]
            if subprocess.run(words, check=False).returncode == 0:
                answered.append(time.monotonic())

    caller = threading.Thread(target=call)
    caller.start()
    try:
        yield answered
    finally:
        over.set()
        caller.join()


@contextmanager
def full(site: Platform, name: str, folder: str) -> Iterator[None]:
    """A folder of a node is on a disk that is full."""
    node = site.nodes[name]
    copy = f"cp -a {folder}/. /run/kept && mount -t tmpfs -o size=4k disk {folder}"
    node.check(f"mkdir /run/kept && {copy} && (cat /dev/zero > {folder}/filled || true)")
    try:
        yield
    finally:
        node.check(f"umount {folder} && rm -r /run/kept")
