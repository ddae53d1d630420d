"""Checksum files as people write them."""

from __future__ import annotations

import pytest

from airlock_builder.lock.files.sums import Sums
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

A, B = "a" * 64, "b" * 64
URL = "https://h.test/v1/SHA256SUMS"


def digest(text: str, file: str = "https://h.test/v1/tool", url: str = URL) -> Digest:
    return Sums.parse(text, url).of(file)


@pytest.mark.parametrize(
    "text",
    [
        f"{A}  tool",
        f"{A} *tool\n{B} *tool.exe",
        f"\\{A}  tool",
        f"{A}\ttool",
        f"SHA256 (tool) = {A}",
        f"SHA2-256(./tool)= {A}",
        f"# {B}  tool\n\n{A}  dist/tool",
        f"{A}",
        f"{A}  tool\n{'0' * 128}  tool\n{'0' * 32}  tool",
        f"SHA512 (tool) = {'0' * 128}\nSHA256 (tool) = {A}",
    ],
)
def test_a_line_of_any_tool_gives_the_digest(text: str) -> None:
    assert digest(text) == Digest("sha256", A)


def test_sha512_counts_where_there_is_no_sha256() -> None:
    assert digest(f"{'c' * 128}  tool") == Digest("sha512", "c" * 128)


def test_the_line_with_the_files_own_path_counts_before_others_of_its_name() -> None:
    text = f"{A}  linux/tool\n{B}  windows/tool"
    assert digest(text, "https://h.test/v1/windows/tool").hex == B
    with pytest.raises(VerificationError, match="several digests for tool"):
        digest(text, "https://mirror.test/tool")


def test_a_name_may_have_blanks_which_urls_quote() -> None:
    assert digest(f"SHA256 (a tool (1)) = {A}", "https://h.test/a%20tool%20(1)").hex == A


@pytest.mark.parametrize("text", [f"{A[:-1]}  tool", f"SHA256 (tool) = {'a' * 128}", f"{'a' * 40}  tool"])
def test_a_digest_of_another_length_proves_nothing(text: str) -> None:
    with pytest.raises(VerificationError, match="has no digest of tool that proves anything"):
        digest(text)


def test_what_is_listed_is_told_where_a_file_is_not() -> None:
    lines = "".join(f"{A}  tool-{number}\n" for number in range(20))
    with pytest.raises(VerificationError, match="says nothing of tool") as caught:
        digest(lines)
    assert caught.value.why.endswith("and 15 more")
