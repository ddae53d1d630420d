"""Which steps a site needs, in which order, and what is said where they are not there."""

from pathlib import Path

import pytest

from airlock_core.errors import UsageError
from airlock_installer import cli
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps.catalog import CATALOG
from airlock_installer.steps.step import Situation, Step


def _site(*backends: str, offline: bool = True) -> Situation:
    return Situation(
        Site(Path("/site"), Inventory(), Variables.model_validate({"storage_backends": backends})), offline=offline
    )


def _needed(situation: Situation) -> list[str]:
    return [step.name for step in CATALOG.needed(situation)]


def test_steps_are_declared_once_in_the_order_of_the_guide() -> None:
    order = "preflight ha ceph k8s netapp powerflex hitachi patch registry landing burrito"
    assert " ".join(CATALOG.names) == order


def test_site_needs_the_steps_of_its_backends_alone() -> None:
    assert "ceph" in _needed(_site("ceph"))
    assert "ceph" not in _needed(_site("netapp"))
    assert "netapp" in _needed(_site("netapp"))


def test_what_comes_from_the_medium_is_not_for_sites_with_a_network() -> None:
    assert {"registry", "landing"} <= set(_needed(_site()))
    assert not {"registry", "landing"} & set(_needed(_site(offline=False)))


def test_steps_that_are_not_there_are_told_before_anything_begins() -> None:
    with pytest.raises(UsageError, match=r"does not have: (ha, )?k8s, patch, registry") as told:
        CATALOG.plan(_site())
    assert "--until" in told.value.todo
    assert [step.name for step in CATALOG.plan(_site(), until="preflight")] == ["preflight"]


def test_site_that_is_installed_from_networks_is_told_what_this_release_cannot_do_there() -> None:
    with pytest.raises(UsageError, match=r"installation from networks, where .* not have: preflight, ha, k8s") as told:
        CATALOG.plan(_site(offline=False))
    assert "registry" not in told.value.what
    assert "prepare --offline" in told.value.todo
    with pytest.raises(UsageError, match=r"does not have: preflight\n"):
        CATALOG.plan(_site(offline=False), until="preflight")


def test_plan_of_steps_in_wrong_order_or_not_needed_is_refused() -> None:
    with pytest.raises(UsageError, match="the step k8s comes after preflight"):
        CATALOG.plan(_site(), start="k8s", until="preflight")
    with pytest.raises(UsageError, match="does not need the step ceph"):
        CATALOG.plan(_site(), until="ceph")


def test_step_that_is_known_and_not_there_is_told_apart_from_one_that_is_unknown() -> None:
    with pytest.raises(UsageError, match="this release does not have the step burrito"):
        CATALOG.step("burrito")
    with pytest.raises(UsageError, match="there is no step nonsense"):
        CATALOG.step("nonsense")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["nonsense"], 2), (["run", "nonsense"], 2), (["check", "--site", "/nonexistent"], 3)],
)
def test_exit_codes_are_those_of_the_contract(arguments: list[str], code: int) -> None:
    assert cli.run(arguments) == code


@pytest.mark.parametrize("step", [step for step in CATALOG.steps if step.work], ids=lambda step: step.name)
def test_every_gate_tells_people_what_it_found(step: Step) -> None:
    assert step.done_by.gate.told is not dict
