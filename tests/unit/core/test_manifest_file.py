from pathlib import PurePosixPath

import pytest

from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.manifest_file import Entry, compare, dumps, loads


def entry(path: str, content: bytes = b"") -> Entry:
    return Entry(PurePosixPath(path), Digest.sha256(content), len(content))


def test_what_is_written_is_read_back_sorted_by_path() -> None:
    entries = [entry("b/c d", b"1"), entry("a", b"22"), entry("é")]
    text = dumps(entries)
    assert [line.split(" ", 2)[2] for line in text.splitlines()] == ["a", "b/c d", "é"]
    assert set(loads(text, where="M")) == set(entries)


@pytest.mark.parametrize("path", ["a\nb", "a\\b"])
def test_a_name_that_does_not_fit_a_line_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        dumps([entry(path)])


@pytest.mark.parametrize(
    "line", ["", "abc 1 a", f"{'0' * 64} x a", f"{'0' * 64} 1 /etc/passwd", f"{'0' * 64} 1 ../a", f"{'0' * 64} 1"]
)
def test_a_line_of_another_shape_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(VerificationError) as caught:
        loads(f"{'0' * 64} 0 first\n{line}\n", where="M")
    assert caught.value.where == "M:2"


def test_a_path_that_stands_twice_is_refused() -> None:
    with pytest.raises(VerificationError, match="twice"):
        loads(f"{'0' * 64} 0 a\n{'1' * 64} 0 a\n", where="M")


def test_equal_sets_have_no_difference() -> None:
    assert compare([entry("a"), entry("b")], [entry("b"), entry("a")]) == []


def test_missing_altered_and_unlisted_are_told_apart_by_name() -> None:
    listed = [entry("gone"), entry("same"), entry("bytes", b"1"), entry("size", b"1")]
    found = [entry("same"), entry("bytes", b"2"), entry("size", b"22"), entry("new")]
    faults = {fault.where: fault.what for fault in compare(listed, found)}
    assert faults["gone"].startswith("missing")
    assert faults["new"].startswith("unlisted")
    assert faults["bytes"] == faults["size"] == "altered"
    assert "same" not in faults
