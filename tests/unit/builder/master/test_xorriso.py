from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from airlock_builder.master.base import is_package_content
from airlock_builder.master.xorriso import Job, commands, quoted
from airlock_core.errors import InputError

JOB = Job(
    base=Path("/b.iso"),
    output=Path("/o.iso"),
    label="L",
    epoch=1704067200,
    gone=(PurePosixPath("BaseOS"),),
    files=((PurePosixPath("b"), Path("/s/2")), (PurePosixPath("a c"), Path("/s/it's"))),
    size=1,
)


def test_the_order_of_files_does_not_show() -> None:
    assert commands(JOB, "/dev/fd/9") == commands(replace(JOB, files=JOB.files[::-1]), "/dev/fd/9")


def test_boot_equipment_is_taken_over_before_any_file_is_replaced() -> None:
    script = commands(JOB, "/dev/fd/9")
    assert (
        script.index("-boot_image any replay") < script.index("-rm_r '/BaseOS' --") < script.index("-map '/s/2' '/b'")
    )


def test_times_are_the_epochs_alone() -> None:
    assert "-volume_date uuid 2024010100000000" in commands(JOB, "/dev/fd/9")
    assert "-volume_date all_file_dates =1704067200" in commands(JOB, "/dev/fd/9")


def test_without_a_base_nothing_is_loaded_or_replayed() -> None:
    text = "\n".join(commands(replace(JOB, base=None), "/dev/fd/9"))
    assert "-indev" not in text
    assert "replay" not in text


def test_names_are_quoted_by_what_they_hold() -> None:
    assert quoted("a b") == "'a b'"
    assert quoted("it's") == '"it\'s"'


@pytest.mark.parametrize("word", ["both ' and \"", "line\nfeed"])
def test_a_name_that_cannot_be_quoted_is_refused(word: str) -> None:
    with pytest.raises(InputError):
        quoted(word)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("BaseOS/Packages/b/bash.rpm", True),
        ("BaseOS/repodata/repomd.xml", True),
        ("extra.rpm", True),
        ("images/install.img", False),
        ("BaseOS-notes.txt", False),
        ("EFI/BOOT/grub.cfg", False),
    ],
)
def test_repos_of_the_base_go_and_all_else_stays(path: str, gone: bool) -> None:
    assert is_package_content(PurePosixPath(path), {PurePosixPath("BaseOS")}) is gone


def test_a_repo_at_the_top_takes_its_own_folders_alone() -> None:
    top = {PurePosixPath()}
    assert is_package_content(PurePosixPath("repodata/repomd.xml"), top)
    assert is_package_content(PurePosixPath("Packages/b/readme"), top)
    assert not is_package_content(PurePosixPath("images/install.img"), top)
