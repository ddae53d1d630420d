"""Logs of runs: a file a node, bounds on count, age and size, and following one that is written."""

from pathlib import Path

from airlock_installer import runlogs
from airlock_installer.runlogs import Kept, RunLog
from airlock_installer.steps.events import NodeTold, Printed, TaskBegun

DAY = 86400.0


def test_each_node_has_its_own_file(tmp_path: Path) -> None:
    with RunLog(tmp_path / "1-one", runlogs.APPLY) as log:
        log(TaskBegun("x"))
        log(Printed(["TASK [x] ***", "ok: [c1]"]))
        log(NodeTold("c1", "x", "ok"))
        log(NodeTold("../c2", "x", "failed", "no space\nleft"))
    assert [path.name for path in runlogs.files(tmp_path / "1-one", "c1")] == ["c1.log"]
    assert runlogs.files(tmp_path / "1-one", "c1")[0].read_text().split("  ", 1)[1] == "ok          x\n"
    failed = runlogs.files(tmp_path / "1-one", "../c2")[0].read_text().splitlines()
    assert [line.split("Z  ", 1)[1] for line in failed] == ["failed      x", "  no space", "  left"]
    assert runlogs.nodes(tmp_path / "1-one") == [".._c2", "c1"]
    apply = runlogs.files(tmp_path / "1-one", None)[0].read_text().splitlines()
    assert [line.split("Z  ", 1)[1] for line in apply] == ["begins: x", "TASK [x] ***", "ok: [c1]"]


def _run(number: int, age: float = 0, size: int = 1, step: str = "one") -> Kept:
    return Kept(Path(f"/logs/{number}-{step}"), step, 1e9 - age, size)


def test_oldest_runs_beyond_the_count_go_of_each_step_alone() -> None:
    runs = [_run(number, age=number) for number in range(25)] + [_run(99, age=1000, step="two")]
    gone = runlogs.surplus(runs, set(), 1e9)
    assert [kept.folder.name for kept in gone] == [f"{number}-one" for number in range(20, 25)]


def test_old_runs_go_but_for_those_that_are_to_stay() -> None:
    runs = [_run(1, age=200 * DAY), _run(2, age=201 * DAY)]
    assert runlogs.surplus(runs, {runs[0].folder}, 1e9) == [runs[1]]


def test_oldest_go_where_all_together_are_too_large() -> None:
    runs = [_run(number, age=number, size=200 << 20) for number in range(4)]
    assert runlogs.surplus(runs, set(), 1e9) == runs[2:]


def test_log_is_followed_to_the_end_of_its_run(tmp_path: Path) -> None:
    path = tmp_path / "apply.log"
    path.write_text("a\nb\nhalf")
    looks = 0

    def is_over() -> bool:
        nonlocal looks
        looks += 1
        with path.open("a") as file:
            file.write(f" and whole {looks}\n")
        return looks == 2

    assert list(runlogs.follow(lambda: [path], is_over)) == ["a", "b", "half and whole 1", " and whole 2"]
