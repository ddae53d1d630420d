"""The journal of steps: what it keeps, and what becomes of an older, newer or damaged one."""

import sqlite3
from pathlib import Path

import pytest

from airlock_core.errors import MachineError
from airlock_installer import ledger_schema
from airlock_installer.ledger import DRILL, DRY, Begun, Ledger

OLD = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'applied', 'verified', 'committed', 'failed')),
    began REAL NOT NULL, changed REAL NOT NULL, by TEXT NOT NULL, inputs TEXT NOT NULL, folder TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO runs VALUES
    (1, 'preflight', 'committed', 100.0, 160.0, 'clex', '{"hosts": "sha256:0"}', '/r/1', '{"gate": {"c1": {}}}');
INSERT INTO runs VALUES (2, 'preflight', 'intent', 200.0, 200.0, 'clex', '{}', '/r/2', '{}');
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite")


def test_last_run_of_a_step_is_told_with_all_that_was_added(ledger: Ledger, tmp_path: Path) -> None:
    run = ledger.begin(Begun("preflight", "clex", inputs={"hosts": "sha256:0"}), tmp_path)
    ledger.move(run.id, "applied", {"counts": {}})
    ledger.move(run.id, "committed", {"gate": {"c1": {}}})
    entry = Ledger(tmp_path / "ledger.sqlite").last()["preflight"]
    assert (entry.state, entry.by, dict(entry.result)) == ("committed", "clex", {"counts": {}, "gate": {"c1": {}}})
    assert [state for state, _ in entry.moves] == ["intent", "applied", "committed"]
    assert entry.folder == str(tmp_path / "000001-preflight")


def test_dry_run_takes_no_place_of_a_real_one(ledger: Ledger, tmp_path: Path) -> None:
    real = ledger.begin(Begun("preflight", "clex"), tmp_path)
    ledger.move(ledger.begin(Begun("preflight", "clex", kind=DRY), tmp_path).id, "dry")
    assert ledger.last()["preflight"].id == real.id


def test_look_of_a_gate_leaves_the_step_committed(ledger: Ledger, tmp_path: Path) -> None:
    run = ledger.begin(Begun("preflight", "clex"), tmp_path)
    ledger.move(run.id, "committed", {"gate": {"c1": {"repos": []}}})
    took = ledger.entry(run.id).seconds
    ledger.look(run.id, {"c1": {"repos": ["burrito"]}})
    entry = ledger.entry(run.id)
    assert (entry.state, entry.result["gate"]) == ("committed", {"c1": {"repos": ["burrito"]}})
    assert entry.seconds == took
    assert entry.at("looked") == entry.changed


@pytest.mark.parametrize(
    ("states", "is_open"),
    [([], True), (["applied"], True), (["applied", "verified"], True), (["committed"], False), (["failed"], False)],
)
def test_run_without_an_end_is_open(ledger: Ledger, tmp_path: Path, states: list[str], is_open: bool) -> None:
    run = ledger.begin(Begun("preflight", "clex"), tmp_path)
    for state in states:
        ledger.move(run.id, state)
    assert ledger.entry(run.id).is_open is is_open


def test_empty_journal_makes_no_file(ledger: Ledger, tmp_path: Path) -> None:
    ledger.check()
    assert ledger.last() == {}
    assert not list(tmp_path.iterdir())


def test_ledger_outlives_a_power_cut_by_its_journal_mode(ledger: Ledger, tmp_path: Path) -> None:
    ledger.begin(Begun("preflight", "clex"), tmp_path)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_ledger_of_the_first_schema_is_brought_up_with_all_that_it_holds(ledger: Ledger, tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "ledger.sqlite")
    old.executescript(OLD)
    old.close()
    first, second = ledger.entries()
    assert (first.state, first.kind, first.inputs, first.folder) == ("committed", "full", {"hosts": "sha256:0"}, "/r/1")
    assert (first.moves, first.seconds) == ([("intent", 100.0), ("committed", 160.0)], 60.0)
    assert second.is_open
    ledger.move(second.id, "interrupted")
    assert ledger.begin(Begun("ha", "clex"), tmp_path).id == 3


def test_ledger_without_drills_is_brought_up_with_its_runs_and_moves(ledger: Ledger, tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "ledger.sqlite")
    kinds = "kind IN ('full', 'partial', 'dry')"
    old.executescript(ledger_schema._RUNS.replace("kind IN ('full', 'partial', 'dry', 'drill')", kinds))
    old.executescript(ledger_schema._MOVES)
    with old:
        old.execute(
            "INSERT INTO runs VALUES (1, 'ha', 'full', 'committed', 1, 2, 'clex', '{}', '/r/1', '{}', '[]', null, '{}')"
        )
        old.execute("INSERT INTO runs VALUES (2, 'ha', 'full', 'intent', 3, 3, 'clex', '{}', '', '{}', '[]', 1, '{}')")
        old.execute("INSERT INTO moves VALUES (1, 'committed', 2)")
        old.execute("PRAGMA user_version = 2")
    old.close()
    assert ledger.begin(Begun("ha", "clex", kind=DRILL), tmp_path).folder == str(tmp_path / "000003-ha-drill")
    first, second, _ = ledger.entries()
    assert (first.moves, second.continues) == ([("committed", 2.0)], 1)
    new = sqlite3.connect(tmp_path / "ledger.sqlite")
    assert new.execute("PRAGMA foreign_key_check").fetchall() == []
    new.close()


def test_drill_takes_no_place_of_its_step_s_run(ledger: Ledger, tmp_path: Path) -> None:
    step = ledger.begin(Begun("ha", "clex"), tmp_path)
    drill = ledger.begin(Begun("ha", "clex", kind=DRILL), tmp_path)
    ledger.add(drill.id, {"harm": {"what": "x"}})
    assert (ledger.last()["ha"].id, ledger.drills()["ha"].id) == (step.id, drill.id)
    assert (ledger.entry(drill.id).state, ledger.entry(drill.id).result) == ("intent", {"harm": {"what": "x"}})


def test_ledger_of_a_newer_schema_is_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    newer = sqlite3.connect(tmp_path / "ledger.sqlite")
    newer.executescript("CREATE TABLE runs (x); PRAGMA user_version = 9;")
    newer.close()
    before = (tmp_path / "ledger.sqlite").read_bytes()
    with pytest.raises(MachineError, match="newer airlock-site: its schema is 9"):
        ledger.last()
    assert len(before) == len((tmp_path / "ledger.sqlite").read_bytes())


@pytest.mark.parametrize(
    "damage", [b"not a database at all, and no header either" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_damaged_ledger_is_told_with_what_to_do(ledger: Ledger, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(damage)
    with pytest.raises(MachineError, match="the ledger is damaged") as told:
        ledger.last()
    assert f"mv {tmp_path}/ledger.sqlite* {tmp_path}/damaged" in told.value.todo


def test_damage_in_the_middle_is_found_before_a_step_begins(ledger: Ledger, tmp_path: Path) -> None:
    for number in range(200):
        ledger.begin(Begun("preflight", "clex", inputs={f"file{number}": "x" * 200}), tmp_path)
    path = tmp_path / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    path.write_bytes(data)
    with pytest.raises(MachineError, match="the ledger is damaged"):
        ledger.check()


def test_ledger_that_was_taken_away_while_a_step_ran_is_told(ledger: Ledger, tmp_path: Path) -> None:
    run = ledger.begin(Begun("preflight", "clex"), tmp_path)
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    with pytest.raises(MachineError) as told:
        ledger.move(run.id, "applied")
    assert told.value.why.startswith("run 1 is not in it any more")
