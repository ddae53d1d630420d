"""Power cut while steps are journaled, files written, copies made: what was told as done is there, and all is whole."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from airlock_core import atomic
from airlock_installer.ledger import APPLIED, COMMITTED, INTENT, VERIFIED, Begun, Ledger
from airlock_installer.steps.playbook import ansible_folder
from tests.powercut import Record, mounted, record
from tests.soak import cases

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount file systems"),
    pytest.mark.skipif(shutil.which("qemu-storage-daemon") is None, reason="qemu-storage-daemon is not installed"),
]
SEED = 7
STEPS = ("preflight", "ha", "landing")
MOVES = [f"{step} {state}" for step in STEPS for state in (INTENT, APPLIED, VERIFIED, COMMITTED)]
TEXTS = [f"{number} ".encode() * 9000 for number in range(12)]
COPIES = {f"{number}/data": random.Random(number).randbytes(300_000 + number) for number in range(12)}
LAST = {"link": "leads to the copies"}
"""What takes its name when all copies are on the disk."""


def moves(root: Path) -> Iterator[str]:
    """Three steps that a ledger goes through."""
    ledger = Ledger(root / "ledger.db")
    for step in STEPS:
        run = ledger.begin(Begun(step, "somebody"), root / "logs").id
        yield f"{step} {INTENT}"
        for state in (APPLIED, VERIFIED, COMMITTED):
            ledger.move(run, state)
            yield f"{step} {state}"


def texts(root: Path) -> Iterator[str]:
    """A file that is written anew again and again."""
    for number, text in enumerate(TEXTS):
        atomic.write(root / "file", text)
        yield str(number)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that copies are made of."""
    folder = tmp_path_factory.mktemp("source")
    for name, data in COPIES.items():
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(data)
    return folder


def copy(source: Path, root: Path) -> None:
    """Have the copies made as on a node."""
    files = [
        {"path": name, "source": name, "digest": f"sha256:{digest(data)}", "size": len(data), "wave": 0}
        for name, data in COPIES.items()
    ]
    files += [{"path": name, "text": text, "wave": 1} for name, text in LAST.items()]
    words = {"root": str(root / "copies"), "files": files, "url": f"file://{source}", "_ansible_remote_tmp": "/tmp"}
    subprocess.run(
        [sys.executable, ansible_folder() / "library/mirror.py"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": words}).encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


def copies(root: Path) -> dict[str, bytes]:
    """Those that are there, under their names."""
    paths = {name: root / "copies" / name for name in [*COPIES, *LAST]}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


def digest(data: bytes) -> str:
    """Its SHA-256."""
    return hashlib.sha256(data).hexdigest()


def points(made: Record, names: Sequence[str], full: int) -> Iterator[tuple[int, int]]:
    """Where to cut: as soon as something was told, and at random; each with how much had been told by then."""
    chance = random.Random(SEED)
    at = [made.marks[name] for name in names]
    chosen = [*chance.sample(at, cases(2, len(at))), at[-1]]
    for count in [*chosen, *chance.choices(range(at[0], len(made.writes)), k=cases(2, full))]:
        yield count, sum(mark <= count for mark in at)


@pytest.mark.soak
@pytest.mark.parametrize("filesystem", ["ext4", "xfs"])
def test_ledger_holds_what_it_was_told_wherever_the_power_is_cut(filesystem: str, tmp_path: Path) -> None:
    made = record(tmp_path, filesystem, moves)
    for count, told in points(made, MOVES, 50):
        made.cut(count, random.Random(count), tmp_path / "image")
        with mounted(tmp_path / "image", tmp_path / "cut") as root:
            ledger = Ledger(root / "ledger.db")
            ledger.check()
            found = [f"{entry.step} {state}" for entry in ledger.entries() for state, _ in entry.moves]
            assert found in (MOVES[:told], MOVES[: told + 1]), f"cut after {count} writes"


@pytest.mark.soak
@pytest.mark.parametrize("filesystem", ["ext4", "xfs"])
def test_file_is_the_last_that_was_written_or_the_one_being_written_wherever_the_power_is_cut(
    filesystem: str, tmp_path: Path
) -> None:
    made = record(tmp_path, filesystem, texts)
    for count, told in points(made, [str(number) for number in range(len(TEXTS))], 50):
        made.cut(count, random.Random(count), tmp_path / "image")
        with mounted(tmp_path / "image", tmp_path / "cut") as root:
            assert (root / "file").read_bytes() in TEXTS[told - 1 : told + 1], f"cut after {count} writes"


@pytest.mark.soak
@pytest.mark.parametrize("filesystem", ["ext4", "xfs"])
def test_copies_are_whole_or_not_there_wherever_the_power_is_cut(filesystem: str, source: Path, tmp_path: Path) -> None:
    def work(root: Path) -> Iterator[str]:
        copy(source, root)
        yield "copied"

    made = record(tmp_path, filesystem, work)
    chance = random.Random(SEED)
    all_there = {**COPIES, **{name: text.encode() for name, text in LAST.items()}}
    for count in [made.marks["copied"], *chance.choices(range(len(made.writes)), k=cases(3, 50))]:
        made.cut(count, chance, tmp_path / "image")
        with mounted(tmp_path / "image", tmp_path / "cut") as root:
            there = copies(root)
            assert there == {name: all_there[name] for name in there}, f"cut after {count} writes"
            if count >= made.marks["copied"] or LAST.keys() & there.keys():
                assert there == all_there, f"cut after {count} writes"
            copy(source, root)
            assert copies(root) == all_there
