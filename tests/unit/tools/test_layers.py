"""How the layers of the test suite are run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import layers


def test_programs_of_the_tests_keep_their_bytecode_whatever_the_caller_has_set() -> None:
    assert "PYTHONDONTWRITEBYTECODE" not in layers.environment({"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/root"})


def test_tools_of_this_environment_are_found_first() -> None:
    assert layers.environment({"PATH": "/opt/bin"})["PATH"].split(":")[0] == str(layers.BIN)


def test_the_layers_with_many_tests_use_every_core_and_begin_in_the_order_of_their_conftest() -> None:
    for layer in ("unit", "integration"):
        (command,) = layers.commands(layer)
        assert int(command[command.index("-n") + 1]) >= layers.CORES
        assert {"--dist", "loadfile", "--no-loadscope-reorder"} <= set(command)


def test_coverage_is_counted_over_both_of_them() -> None:
    *counting, report = layers.commands("coverage")
    assert [command[3] for command in counting] == ["tests/unit", "tests/integration"]
    assert all("--cov-append" in command for command in counting)
    assert report[1:4] == ["-m", "coverage", "report"]


def test_what_mypy_knows_is_kept_outside_the_tree() -> None:
    assert not Path(layers.environment({})["MYPY_CACHE_DIR"]).is_relative_to(layers.ROOT)


def test_what_runs_beside_others_is_told_whole_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    script = "import sys; print('found'); print('faulty', file=sys.stderr); sys.exit(3)"
    assert layers._told_at_its_end([sys.executable, "-c", script]) == 3
    told = capsys.readouterr().out
    assert told.startswith("$ python")
    assert told.endswith("found\nfaulty\n")


def test_layers_side_by_side_are_told_one_after_the_other_with_how_each_ended(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # Neither ends before the other has begun.
    script = f"cd {tmp_path}; touch $0; until [ -e $1 ]; do sleep 0.01; done; echo $0 met $1; exit $2"
    meeting = {"site": [["sh", "-c", script, "one", "two", "0"]], "vm": [["sh", "-c", script, "two", "one", "3"]]}
    outcomes = layers.run(meeting)
    assert [(outcome.layer, outcome.good) for outcome in outcomes] == [("site", True), ("vm", False)]
    told = capfd.readouterr().out.split("\n")
    assert [line for line in told if line] == ["=== site ===", "one met two", "=== vm ===", "two met one"]


def test_what_lasts_long_is_left_out_while_one_works_and_no_more() -> None:
    ((*brief,), (*whole,)) = layers.commands("brief")[0], layers.commands("integration")[0]
    assert brief == [*whole, "-m", "not long"]
