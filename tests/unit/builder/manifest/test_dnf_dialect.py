"""dnf's ini dialect and its variables, as libdnf reads them."""

from __future__ import annotations

import pytest

from airlock_builder.manifest.dnf_ini import parse
from airlock_builder.manifest.dnf_vars import substituted

KNOWN = {"releasever": "8", "basearch": "x86_64", "empty": ""}


def values(text: str) -> dict[str, dict[str, str]]:
    sections, faults = parse(text)
    assert faults == []
    return {section.name: {key: value.text for key, value in section.values.items()} for section in sections}


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.what) for fault in parse(text)[1]]


def test_sections_keys_comments_and_lines_that_go_on() -> None:
    text = "\ufeff# a file\n[a] # one\nname = A \n;x\nbaseurl=https://x/\n  https://y/\n\thttps://z/\r\n\n [b]\n"
    text += "k = a = b # c\ne=\n"
    assert values(text) == {
        "a": {"name": "A", "baseurl": "https://x/\nhttps://y/\nhttps://z/"},
        "b": {"k": "a = b # c", "e": ""},
    }


def test_excludes_add_up_and_what_stands_twice_alike_says_nothing_new() -> None:
    assert values("[a]\nexclude=x\n y\nexclude=z\n w\nenabled=1\nenabled = 1\n") == {
        "a": {"exclude": "x\ny\nz\nw", "enabled": "1"}
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("k=1\n[a]\n", 1, "before any section"),
        ("[a]\nk 1\n", 2, "neither a section"),
        ("[a]\nk: 1\n", 2, "neither a section"),
        ("[a]\n=1\n", 2, "neither a section"),
        ("[a\nk=1\n", 1, "without a name in brackets"),
        ("[]\n", 1, "without a name in brackets"),
        ("[a] b\n", 1, "text behind"),
        ("[a]\n  x\n", 2, "goes on with nothing"),
        ("[a]\nk=1\n\n  x\n", 4, "goes on with nothing"),
        ("[a]\nk=1\n# c\n  x\n", 4, "goes on with nothing"),
        ("[a]\nk=1\n  # c\n", 3, "an indented comment"),
        ("[a]\nk=1\nj=2\nk=3\n", 4, "stood in line 2"),
        ("[a]\n[b]\n[a]\n", 3, "stood in line 1"),
    ],
)
def test_what_dnf_would_refuse_or_misread_is_told_with_its_line(text: str, line: int, said: str) -> None:
    assert len(faults(text)) == 1
    assert faults(text)[0][0] == line
    assert said in faults(text)[0][1]


def test_all_faults_of_a_file_are_told() -> None:
    assert [line for line, _ in faults("x=1\n[a]\nb\n  c\n[d\n")] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://x/$releasever/$basearch/os", "https://x/8/x86_64/os"),
        ("$releasever-${basearch}x", "8-x86_64x"),
        ("${stream:-9}/${releasever:-9}/${empty:-e}", "9/8/e"),
        ("a${releasever:+-b}${stream:+-c}${empty:+-d}", "a-b"),
        ("${stream:-${tree:-$basearch}}", "x86_64"),
        ("${releasever:-$stream}", "8"),
        (r"\$releasever\\", "$releasever\\"),
        ("$$releasever", "$8"),
        ("a$", "a$"),
        ("${releasever", "${releasever"),
        ("${releasever:?x}", "${releasever:?x}"),
    ],
)
def test_variables_are_expanded_as_dnf_does(text: str, meant: str) -> None:
    unknown: list[str] = []
    assert substituted(text, KNOWN, unknown.append) == meant
    assert unknown == []


def test_variables_that_nothing_defines_are_told_where_they_matter() -> None:
    unknown: list[str] = []
    assert substituted("$stream/${tree}/${empty:-$deep}", KNOWN, unknown.append) == "$stream/${tree}/$deep"
    assert unknown == ["stream", "tree", "deep"]
