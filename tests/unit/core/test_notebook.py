import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airlock_core.errors import MachineError
from airlock_core.notebook import Notebook, Notes

MANY = {f"key {number}": f"value {number}".encode() for number in range(2000)}


def test_what_is_noted_is_read_and_what_is_not_is_absent(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "deep" / "notes")
    assert notebook.read(["key 1"]) == {}
    notebook.write(MANY)
    assert Notebook(tmp_path / "deep" / "notes").read([*MANY, "another"]) == MANY
    assert notebook.read([]) == {}


def test_a_later_note_takes_the_place_of_an_earlier(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "notes")
    notebook.write({"a": b"1", "b": b"1"})
    notebook.write({"a": b"2"})
    assert notebook.read(["a", "b"]) == {"a": b"2", "b": b"1"}


@pytest.mark.parametrize("place", [0, 100, 5000])
def test_a_damaged_notebook_is_begun_anew(tmp_path: Path, place: int) -> None:
    notebook = Notebook(tmp_path / "notes")
    notebook.write(MANY)
    with (tmp_path / "notes").open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 4096)
    assert notebook.read(MANY).items() <= MANY.items()
    notebook.write(MANY)
    assert notebook.read(MANY) == MANY


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match="cannot be written") as caught:
        Notebook(tmp_path / "file" / "notes").write(MANY)
    assert str(tmp_path / "file") in caught.value.where
    (tmp_path / "folder").mkdir()
    with pytest.raises(MachineError, match="notes cannot be kept"):
        Notebook(tmp_path / "folder").write(MANY)


def test_runs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from airlock_core.notebook import Notebook\n"
        "for n in range(20): Notebook(Path(sys.argv[1])).write({f'{sys.argv[2]} {n}': b'x'})"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "notes")]
    runs = [subprocess.Popen([*words, str(number)], env=os.environ) for number in range(4)]
    assert [run.wait(60) for run in runs] == [0] * 4
    keys = [f"{run} {number}" for run in range(4) for number in range(20)]
    assert set(Notebook(tmp_path / "notes").read(keys)) == set(keys)


def test_old_notes_about_what_nobody_needs_are_struck_out_and_their_space_given_back(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "notes")
    notebook.write({"needed": b"1", "needed more": b"22", **{f"other {n}": bytes(4000) for n in range(200)}})
    later = time.time() + 60
    assert notebook.outdated(["needed"], 0) == Notes(), "none is that old"
    assert notebook.outdated(["needed"], later).count == 200
    before = (tmp_path / "notes").stat().st_size
    gone = notebook.prune(["needed"], later)
    assert gone == Notes(200, sum(len(f"other {n}") + 4000 for n in range(200)))
    assert (tmp_path / "notes").stat().st_size < before - 700_000
    assert notebook.read(["needed", "needed more", "other 1"]) == {"needed": b"1", "needed more": b"22"}
    assert notebook.all() == Notes(2, len("neededneeded more122"))


def test_a_notebook_that_is_not_there_holds_nothing_and_is_not_made(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "notes")
    assert notebook.all() == notebook.outdated([], 0) == notebook.prune([], 0) == Notes()
    assert not (tmp_path / "notes").exists()
