"""Each finding of ``doctor``: made of facts that are bad, and of those alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock_installer.doctor import (
    certificates,
    clocks,
    copies,
    disks,
    drills,
    files,
    images,
    landing,
    medium,
    nodes,
    prepared,
    repo,
    running,
    secrets,
    steps,
    vip,
)
from airlock_installer.doctor.certificates import Certificate, CertificateFacts
from airlock_installer.doctor.clocks import ClockFacts
from airlock_installer.doctor.copies import Copies, CopiesFacts
from airlock_installer.doctor.disks import Space
from airlock_installer.doctor.drills import DrillFacts
from airlock_installer.doctor.examine import AREAS, plain
from airlock_installer.doctor.finding import Finding, Severity
from airlock_installer.doctor.landing import LandingFacts
from airlock_installer.doctor.medium import MediumFacts
from airlock_installer.doctor.running import RunningFacts
from airlock_installer.doctor.secrets import SecretFacts
from airlock_installer.doctor.steps import StepFacts
from airlock_installer.doctor.vip import VipFacts
from airlock_installer.reach.login import Login
from airlock_installer.reach.nodes import Reached
from airlock_installer.reach.probe import Answer
from airlock_installer.reach.reasons import Reason
from airlock_installer.serve.inspect import Damage, Lack
from airlock_installer.serve.status import Images, Service

DAY = 86400.0
NOW = 1_800_000_000.0

MEDIUM = MediumFacts("/run/airlock/media", "/dev/sr0", "BURRITO-1", installed="BURRITO-1")
SERVICE = Service("registry", "airlock-registry.service", "active", "https://10.0.0.1:5000", "", ("10.0.0.1",))
RUNNING = RunningFacts((SERVICE,))
SERVED = repo.Served("BaseOS/repodata/repomd.xml", "sha256:a", "sha256:a", 200)
REPO = repo.RepoFacts((SERVED,), "/run/airlock/media", "/run/airlock/media")
DAMAGE = Damage("sha256:a", "/b", "rot", ("web:1",))
IMAGES = Images(3, (), (), (), deep=True)
CERTIFICATE = Certificate(Path("/pki/registry.crt"), False, NOW - DAY, NOW + 400 * DAY, frozenset(["control1"]))
CA = Certificate(Path("/pki/ca.crt"), True, NOW - DAY, NOW + 3000 * DAY)
CERTIFICATES = CertificateFacts((CA, CERTIFICATE), frozenset(["control1"]), NOW)
CLOCKS = ClockFacts(NOW, NOW - DAY, "Normal", {"control2": 1.0})
SPACE = Space("this machine", "/", 100, 50, 1000, 500)
SECRETS = SecretFacts("/site/group_vars/all/vault.yml")
PREPARED = prepared.PreparedFacts()
LOGIN = Login("control2", "10.0.0.2", "clex", 22, Path("/key"))
ANSWER = Answer(100.5, "clex", "control2", "/usr/bin/python3 3.6.8", "free")
NODE = Reached(LOGIN, "the key", ANSWER, None, 100.0, 101.0)
MAC = "52:54:00:00:00:01"
SERVES = {"airlock-registry": "active", "airlock-repo": "active"}
LANDED = LandingFacts("10.0.0.100", {"registry": "", "local repo": ""}, {"c1": SERVES}, "10.0.0.100")
BLOB = "/var/lib/airlock/registry/docker/registry/v2/blobs/sha256/ab/abc/data"
COPIES = CopiesFacts((Copies("c1"), Copies("c2")), "c1")
ROTTEN = Copies("c2", 1, (BLOB,))
UNITS = {"keepalived": "active", "haproxy": "active"}
VIP = VipFacts(("10.0.0.100",), True, {"10.0.0.100": ("c1",)}, {"c1": UNITS, "c2": UNITS}, {"10.0.0.100": MAC})
DRILL = DrillFacts("ha", 7)
STEP = StepFacts("preflight", "committed")
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def _serves(**changes: Any) -> repo.RepoFacts:
    """A repo that serves a file otherwise."""
    return replace(REPO, files=(replace(SERVED, **changes),))


Judgement = Callable[[Any], Iterable[Finding]]
CASES: list[tuple[Judgement, Any, Any, Severity, str]] = [
    (medium.missing, MEDIUM, MediumFacts("/run/airlock/media"), ERROR, "no medium is mounted"),
    (medium.missing, MEDIUM, MediumFacts("/run/airlock/media", is_landed=True), NOTE, "no medium is mounted"),
    (medium.gone, MEDIUM, replace(MEDIUM, gone="Input/output error"), ERROR, "cannot be read"),
    (medium.gone, MEDIUM, replace(MEDIUM, gone="Input/output error", is_landed=True), WARNING, "cannot be read"),
    (medium.altered, MEDIUM, replace(MEDIUM, altered="not what the release says"), ERROR, "cannot be used"),
    (medium.another, MEDIUM, replace(MEDIUM, label="OLD", is_installed=False), ERROR, "OLD, not BURRITO-1"),
    (medium.unchecked, MEDIUM, replace(MEDIUM, checked=False), WARNING, "were not checked"),
    (running.never_up, RUNNING, replace(RUNNING, configured=False), ERROR, "were never started"),
    (
        running.down,
        RUNNING,
        RunningFacts((replace(SERVICE, state="failed"),)),
        ERROR,
        "the registry does not run: failed",
    ),
    (
        running.silent,
        RUNNING,
        RunningFacts((replace(SERVICE, fault="refused"),)),
        ERROR,
        "the registry does not answer",
    ),
    (running.taken, RUNNING, replace(RUNNING, strangers=((5000, "python3 (process 7)"),)), ERROR, "taken by python3"),
    (running.failed, RUNNING, replace(RUNNING, failed=("airlock-media.service",)), ERROR, "the unit failed"),
    (running.wide_open, RUNNING, RunningFacts((replace(SERVICE, listens=("0.0.0.0",)),)), NOTE, "on all networks"),
    (
        images.damaged,
        IMAGES,
        replace(IMAGES, damaged=(DAMAGE,)),
        ERROR,
        "sha256:a",
    ),
    (images.lacking, IMAGES, replace(IMAGES, lacking=(Lack("web:1", "it lacks the blob"),)), ERROR, "cannot be served"),
    (images.surplus, IMAGES, replace(IMAGES, surplus=("old:1",)), NOTE, "1 images that images.lock does not name"),
    (certificates.outside, CERTIFICATES, replace(CERTIFICATES, now=NOW + 500 * DAY), ERROR, "was valid until"),
    (
        certificates.outside,
        CERTIFICATES,
        replace(CERTIFICATES, certificates=(CERTIFICATE,), now=NOW - 9 * DAY),
        ERROR,
        "is not valid before",
    ),
    (certificates.soon, CERTIFICATES, replace(CERTIFICATES, now=NOW + 390 * DAY), WARNING, "runs out in 10 days"),
    (certificates.nameless, CERTIFICATES, replace(CERTIFICATES, wanted=frozenset(["x"])), WARNING, "it lacks x"),
    (
        certificates.mismatched,
        CERTIFICATES,
        replace(CERTIFICATES, certificates=(replace(CERTIFICATE, has_its_key=False),)),
        ERROR,
        "is not its own",
    ),
    (
        certificates.unsigned,
        CERTIFICATES,
        replace(CERTIFICATES, certificates=(replace(CERTIFICATE, is_signed=False),)),
        ERROR,
        "did not sign it",
    ),
    (
        certificates.readable,
        CERTIFICATES,
        replace(CERTIFICATES, certificates=(replace(CERTIFICATE, key_mode=0o644),)),
        ERROR,
        "open to others: mode 644",
    ),
    (clocks.before_release, CLOCKS, replace(CLOCKS, now=NOW - 2 * DAY), ERROR, "the release was made on"),
    (clocks.out_of_step, CLOCKS, replace(CLOCKS, leap="Not synchronised"), WARNING, "not in step: Not synchronised"),
    (clocks.apart, CLOCKS, replace(CLOCKS, offsets={"control2": -90.0}), ERROR, "-90 s from the deployer's"),
    (disks.full, (SPACE,), (replace(SPACE, free=1),), ERROR, "/ is full"),
    (disks.nearly, (SPACE,), (replace(SPACE, free=5),), WARNING, "/ has little space"),
    (disks.numbers, (SPACE,), (replace(SPACE, free_files=3),), ERROR, "no inodes are left"),
    (files.alone, ("a", "b"), ("a",), NOTE, "the site is a alone"),
    (secrets.unreadable, SECRETS, replace(SECRETS, unreadable=("the key is gone", "x")), ERROR, "cannot be read"),
    (secrets.lacking, SECRETS, replace(SECRETS, lacking=("ssh", "sudo")), WARNING, "passwords lack: ssh, sudo"),
    (secrets.open_to_others, SECRETS, replace(SECRETS, open_files=(("/k", 0o644),)), ERROR, "open to others: mode 644"),
    (repo.refused, REPO, _serves(status=403, found=""), ERROR, "answers with status 403"),
    (repo.another, REPO, _serves(found="sha256:b"), ERROR, "serves other bytes than the release"),
    (
        prepared.unprepared,
        PREPARED,
        replace(PREPARED, lacking=("Ansible collections",)),
        WARNING,
        "not prepared: Ansible",
    ),
    (prepared.another_release, PREPARED, replace(PREPARED, own="/v"), WARNING, "another release's Python packages"),
    (nodes.unready, (NODE,), (Reached(LOGIN, reason=Reason("refused", "do")),), ERROR, "cannot be reached"),
    (
        nodes.misnamed,
        (NODE, replace(NODE, login=replace(LOGIN, node="c3"), answer=replace(ANSWER, name="c3"))),
        (NODE, replace(NODE, login=replace(LOGIN, node="c3"))),
        WARNING,
        "the same name as control2",
    ),
    (vip.held_twice, VIP, replace(VIP, holders={"10.0.0.100": ("c1", "c2")}), ERROR, "on 2 nodes at once: c1, c2"),
    (vip.held_by_nobody, VIP, replace(VIP, holders={"10.0.0.100": ()}), ERROR, "is on no node that answers"),
    (vip.held_elsewhere, VIP, replace(VIP, holders={"10.0.0.100": ("s1",)}), ERROR, "on s1, which is no control node"),
    (vip.taken, VIP, replace(VIP, holders={}), ERROR, "no node of the site answers at 10.0.0.100"),
    (
        vip.idle,
        VIP,
        replace(VIP, control={"c1": {**UNITS, "haproxy": "failed"}}),
        WARNING,
        "haproxy does not run: failed",
    ),
    (landing.silent, LANDED, replace(LANDED, faults={"registry": "refused"}), ERROR, "does not answer at 10.0.0.100"),
    (
        landing.idle,
        LANDED,
        replace(LANDED, control={"c2": {**SERVES, "airlock-repo": "failed"}}),
        WARNING,
        "airlock-repo does not run: failed",
    ),
    (
        landing.elsewhere,
        LANDED,
        replace(LANDED, wanted="10.0.0.7"),
        WARNING,
        "nodes pull from 10.0.0.100, and",
    ),
    (copies.wrong, COPIES, replace(COPIES, nodes=(ROTTEN,)), ERROR, "1 file lacks or has other bytes"),
    (copies.unseen, COPIES, replace(COPIES, nodes=(Copies("c2", unseen="x"),)), ERROR, "cannot be looked at"),
    (copies.unlisted, COPIES, replace(COPIES, unlisted="x"), WARNING, "were not looked at on the other control nodes"),
    (steps.failed, (STEP,), (replace(STEP, state="failed", why="x"),), ERROR, "the last run of preflight failed"),
    (steps.cut, (STEP,), (replace(STEP, state="applied"),), ERROR, "the last run of preflight was cut"),
    (steps.cut, (STEP,), (replace(STEP, state="interrupted"),), ERROR, "the last run of preflight was cut"),
    (steps.owed, (STEP,), (replace(STEP, lacking="run 7"),), ERROR, "a part of preflight was run since it was done"),
    (steps.touched, (STEP,), (replace(STEP, changed=("vars.yml",)),), WARNING, "before these changed: vars.yml"),
    (steps.unseen, (STEP,), (replace(STEP, new=("c9",)),), WARNING, "preflight has never seen c9"),
    (drills.left_broken, (DRILL,), (replace(DRILL, broken="keepalived of c1"),), ERROR, "left keepalived of c1 broken"),
    (steps.departed, (STEP,), (replace(STEP, gone=("c9",)),), NOTE, "installed once: c9"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].__module__.rpartition('.')[2]}.{case[0].__name__}")
def test_finding_is_made_of_bad_facts_and_of_no_good_ones(case: tuple[Judgement, Any, Any, Severity, str]) -> None:
    judgement, good, bad, severity, told = case
    assert list(judgement(good)) == []
    (found,) = judgement(bad)
    assert found.severity is severity
    assert told in found.what
    assert found.todo, "a finding without a remedy"


def test_every_judgement_of_every_area_has_a_case() -> None:
    judgements = {judgement for area in AREAS for judgement in area.judgements}
    assert judgements == {case[0] for case in CASES}


def test_copies_that_are_wrong_are_one_finding_for_each_node_with_some_names_and_a_count() -> None:
    several = Copies("c3", 20, tuple(f"/r/{at}" for at in range(7)), tuple(f"/l/{at}" for at in range(10)))
    first, second = copies.AREA.judge(replace(COPIES, nodes=(ROTTEN, several)))
    assert (first.where, first.why) == ("c2", f"other bytes: {BLOB}")
    assert (second.where, second.why.splitlines()) == (
        "c3",
        [
            "other bytes: /r/0, /r/1, /r/2, /r/3, /r/4, and 2 more",
            "lacking: /l/0, /l/1, /l/2, /l/3, /l/4, and 8 more",
        ],
    )
    assert second.what == "20 files lack or have other bytes in landing's copies"


@pytest.mark.parametrize(
    ("node", "has_medium", "is_asked_for"), [("c1", False, True), ("c1", True, False), ("c2", False, False)]
)
def test_medium_is_asked_for_where_only_it_has_the_bytes(node: str, has_medium: bool, is_asked_for: bool) -> None:
    facts = replace(COPIES, nodes=(replace(ROTTEN, node=node),), has_medium=has_medium)
    (found,) = copies.AREA.judge(facts)
    assert "airlock-site run landing" in found.todo
    assert ("put the medium in" in found.todo) is is_asked_for


def test_remedy_of_what_the_repo_serves_is_landing_s_once_that_is_done() -> None:
    landed = replace(_serves(found="sha256:b"), source="/m", root="/copy", is_landed=True)
    assert [one.todo for one in repo.AREA.judge(landed)] == ["airlock-site run landing"]
    (refused,) = repo.AREA.judge(replace(_serves(status=403, found=""), root="/copy", is_landed=True))
    assert refused.todo.startswith("may nginx read /copy? airlock-site run landing")


def test_step_that_somebody_runs_now_is_not_cut() -> None:
    assert list(steps.cut((replace(STEP, state="applied", is_running=True),))) == []
    assert list(steps.owed((replace(STEP, lacking="run 7", is_running=True),))) == []


def test_what_a_drill_has_broken_is_no_finding_while_it_runs() -> None:
    assert list(drills.left_broken((replace(DRILL, broken="keepalived of c1", is_running=True),))) == []


def test_virtual_address_that_nobody_has_is_right_before_the_step_ha() -> None:
    before = replace(VIP, is_done=False, holders={"10.0.0.100": ()}, control={"c1": {}}, answers={})
    assert vip.AREA.judge(before) == []


def test_facts_can_be_written_as_json() -> None:
    assert plain(CERTIFICATES)["certificates"][1]["names"] == ["control1"]
    assert plain(VIP)["control"]["c1"]["haproxy"] == "active"
