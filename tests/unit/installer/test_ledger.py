"""The journal of steps, ports, plan and the commands' exit codes."""

import os
import socket
from pathlib import Path

import pytest

from airlock_core.errors import UsageError
from airlock_installer import cli
from airlock_installer.ledger import Ledger
from airlock_installer.serve.ports import listener
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps import catalog


def test_last_run_of_a_step_is_told_with_all_that_was_added(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    run = ledger.begin("preflight", "clex", {"hosts": "sha256:0"}, tmp_path)
    ledger.move(run, "applied", {"counts": {}})
    ledger.move(run, "committed", {"gate": {"c1": {}}})
    entry = Ledger(tmp_path / "ledger.sqlite").last()["preflight"]
    assert (entry.state, entry.by, dict(entry.result)) == ("committed", "clex", {"counts": {}, "gate": {"c1": {}}})


def test_empty_journal_makes_no_file(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "ledger.sqlite").last() == {}
    assert not list(tmp_path.iterdir())


def test_listener_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = listener(server.getsockname()[1])
    assert found is not None
    assert found.pid == os.getpid()


def _site(*backends: str) -> Site:
    return Site(Path("/site"), Inventory(), Variables.model_validate({"storage_backends": backends}))


def test_site_needs_the_steps_of_its_backends_alone() -> None:
    assert "ceph" in catalog.needed(_site("ceph"))
    assert "ceph" not in catalog.needed(_site("netapp"))


def test_steps_that_are_not_there_are_told_before_anything_begins() -> None:
    with pytest.raises(UsageError, match="ha, k8s"):
        catalog.plan(_site(), None)
    assert [step.name for step in catalog.plan(_site(), "preflight")] == ["preflight"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["nonsense"], 2), (["run", "nonsense"], 2), (["check", "--site", "/nonexistent"], 3)],
)
def test_exit_codes_are_those_of_the_contract(arguments: list[str], code: int) -> None:
    assert cli.run(arguments) == code
