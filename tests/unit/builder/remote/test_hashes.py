"""What pip says of wheels whose hashes do not fit."""

from __future__ import annotations

from pathlib import Path

from airlock_builder.remote.index import Target, explained
from airlock_core.errors import InputError, VerificationError

WHERE = [Path("/a.txt"), Path("/b.txt")]
ALTERED = """\
Looking in indexes: https://index.test/simple
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, \
please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    app==1.0 from https://index.test/app-1.0-py3-none-any.whl (from -r /a.txt (line 1)):
        Expected sha256 aaaa
        Expected     or bbbb
             Got        cccc
"""
UNHASHED = """\
ERROR: Hashes are required in --require-hashes mode, but they are missing from some requirements. Here is a list of \
those requirements along with the hashes their downloaded archives actually had.
    lib==1.0 --hash=sha256:cccc
"""


def test_altered_bytes_are_told_with_both_digests() -> None:
    error = explained(ALTERED, WHERE, Target("3.11", 8, "x86_64"), "https://index.test/simple")
    assert isinstance(error, VerificationError)
    assert error.what == "other bytes of app==1.0 than its hash says: expected sha256:aaaa, found sha256:cccc"
    assert error.where == "/a.txt and /b.txt"


def test_a_list_with_some_hashes_is_told_what_lacks_one() -> None:
    error = explained(UNHASHED, WHERE, Target("3.11", 8, "x86_64"), "https://index.test/simple")
    assert isinstance(error, InputError)
    assert (error.what, error.why) == ("some requirements have hashes and some have none", "lib==1.0")
