"""Lists of mirrors, plain and as metalinks, that mean harm."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import REPOMD, Case
from tests.integration.hostile.documents import EXTERNAL, LAUGHS
from tests.integration.hostile.repository import FILL, MIB, SHA, swapped

LIST = "list"


def lists() -> list[Case]:
    """Every case for metalinks and plain lists."""
    return [*_metalinks(), *_plain()]


def _metalink(folder: Path, head: str, swap: tuple[str, str], fill: Callable[[], str]) -> str:
    """A sound metalink of the repository in a folder, but for ``head`` and ``swap``."""
    body = (folder / "repodata/repomd.xml").read_bytes()
    own = f"http://hostile.test/{folder.name}/repodata/repomd.xml"
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\n{head}<metalink version="3.0" xmlns="http://www.metalinker.org/">'
        f'<files><file name="repomd.xml"><size>{len(body)}</size><verification>'
        f'<hash type="sha256">{hashlib.sha256(body).hexdigest()}</hash></verification><resources>'
        f'<url protocol="http" type="http" location="XX" preference="100">{own}</url></resources></file></files>'
        "</metalink>\n"
    )
    return swapped(text, swap).replace(FILL, fill())


def _case(
    name: str,
    said: str,
    swap: tuple[str, str] = ("", ""),
    head: str = "",
    fill: Callable[[], str] = str,
    status: int = 4,
) -> Case:
    def make(folder: Path) -> None:
        repo.write(folder)
        text = _metalink(folder, head, swap, fill)
        (folder / LIST).write_bytes(text.encode("utf-8", errors="surrogateescape"))

    return Case(f"metalink: {name}", make, said, LIST if status else "", status, source="metalink")


def _metalinks() -> list[Case]:

    def altered(folder: Path) -> None:
        repo.write(folder)
        (folder / LIST).write_text(_metalink(folder, "", ("", ""), str))
        repo.write(folder, more="<!-- other -->")

    size, hashed, url = "<size>", '<hash type="sha256">', "http://hostile.test"
    return [
        _case("sound", "", status=0),
        _case("billion laughs", "document type", ("XX", "&a9;"), LAUGHS),
        _case("an external entity", "document type", ("XX", "&a9;"), EXTERNAL),
        _case("another root", "its root element", ("metalink", "html")),
        _case("without its closing tag", "not XML", ("</metalink>", "")),
        _case("not UTF-8", "not XML", ("XX", "\udcff")),
        _case("NUL bytes", "not XML", ("XX", "\0")),
        _case("nested deep", "nested deeper", ("<files>", f"{FILL}<files>"), fill=lambda: "<a>" * 10_000),
        _case(
            "very many mirrors",
            "not taken",
            ("<resources>", f"<resources>{FILL}"),
            fill=lambda: "<url/>" * MIB,
            status=5,
        ),
        _case("two entries of repomd.xml", "2 entries", ("<files>", '<files><file name="repomd.xml"/>')),
        _case("no entry of repomd.xml", "0 entries", ("repomd.xml", "other.xml")),
        _case("MD5 alone", "no sha256 or better", ('type="sha256"', 'type="md5"')),
        _case("a digest that is none", "a digest that cannot be", (hashed, f"{hashed}xx")),
        _case("two digests of one kind", "two digests", (hashed, f"{hashed}{SHA}</hash>{hashed}"), status=4),
        Case("metalink: of another repomd.xml", altered, "", REPOMD, 4, source="metalink"),
        _case("a size below zero", "a size that cannot be", (size, f"{size}-")),
        _case("a size of 5,000 digits", "a size that cannot be", (size, size + "9" * 5000)),
        _case("mirrors of this machine's files", "lists no mirror", (url, "file:///etc"), status=5),
        _case("mirrors with credentials", "lists no mirror", (url, "http://user:word@hostile.test"), status=5),
        _case("no mirrors", "lists no mirror", ("url", "uri"), status=5),
    ]


def _plain() -> list[Case]:
    texts = {
        "empty": "",
        "comments alone": "# repo = x error: invalid repo\n",
        "files of this machine": "file:///etc/\n/etc/\n",
        "other schemes": "ftp://hostile.test/\nrsync://hostile.test/\ngopher://x/\njavascript:alert(1)\n",
        "control characters": "http://hostile.test/\x1b[2J\nhttp://hostile.test/\x00\n",
        "a page": "<html><body>Please log in</body></html>",
    }
    said = {"a page": ("its root element", 4)}
    return [
        Case(
            f"mirror list: {name}", _written(text), *_swap(said.get(name, ("lists no mirror", 5))), source="mirrorlist"
        )
        for name, text in texts.items()
    ]


def _swap(said: tuple[str, int]) -> tuple[str, str, int]:
    return said[0], LIST, said[1]


def _written(text: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        repo.write(folder)
        (folder / LIST).write_text(text)

    return make
