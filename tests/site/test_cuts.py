"""Steps that are cut at random moments, by kill and by loss of the deployer's power, and what the next run makes of it.

Every file of every node is compared with what stood there when the same step had run through.
"""

from __future__ import annotations

import random

import pytest

from tests import demo
from tests.site import state, undoing
from tests.site.guide import Walk
from tests.site.landed import Landed
from tests.site.platform import BOOT_SECONDS
from tests.site.running import started
from tests.site.state import State
from tests.site.tally import Tally
from tests.soak import cases

pytestmark = [pytest.mark.site, pytest.mark.soak]

SEED = 20261122
BEFORE_LANDING = ("preflight", "ha")
GO_ON = {
    "preflight": "install --until preflight",
    "ha": "install --until ha",
    "landing": "install --from landing --until landing",  # between ha and landing are steps that are not there yet
}


@pytest.mark.parametrize("case", range(cases(2, 66)))
def test_whenever_preflight_or_ha_is_cut_the_next_run_ends_as_a_clean_one_does(
    available: Walk, clean_before_landing: State, case: int, tally: Tally
) -> None:
    step, turn = BEFORE_LANDING[case % 2], case // 2
    cut_and_run_again(available, step, turn, clean_before_landing, tally, power=turn % 2 != case % 2)


@pytest.mark.parametrize("case", range(cases(1, 34)))
def test_whenever_landing_is_cut_the_next_run_ends_as_a_clean_one_does(
    landed: Landed, clean: State, case: int, tally: Tally
) -> None:
    cut_and_run_again(landed.walk, "landing", case, clean, tally, power=case % 2 == 0)


def cut_and_run_again(walk: Walk, step: str, turn: int, clean: State, tally: Tally, *, power: bool) -> None:
    """Take a step back, cut it at a random moment of the time that it took, and have ``install`` go on."""
    site = walk.site
    fault = f"the deployer's power is cut while {step} runs" if power else f"a run of {step} is killed"
    tally.begins(fault)
    undoing.undo(site, step)
    with started(site, "run", step) as running:
        running.go_on(random.Random(f"{step} {turn} {SEED}").random() * walk.typed[f"./run.sh {step}"].seconds)
        site.cut("control1") if power else running.kill()
        running.end()
    if power:
        site.boot("control1")
        site.deployer.check(demo.UP, BOOT_SECONDS)
    done = site.airlock(GO_ON[step])
    assert done.returncode == 0, done.stdout + done.stderr
    site.come_home()
    found = state.difference(clean, state.of(site))
    assert found == {}, found
    tally.held(fault, "the next `install` ended as a clean run, file by file")
