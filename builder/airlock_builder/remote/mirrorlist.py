"""Lists of mirrors: plain text with a URL a line, or mirrormanager's metalink.

Source: librepo's ``lr_mirrorlist_parse_file`` for the text: blanks around a line, ``#`` in front of it, ``$`` variables
in it. As in dnf a metalink may stand where a list of mirrors is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from airlock_builder.remote import metalink
from airlock_builder.remote.metalink import Expected
from airlock_core.errors import UpstreamError
from airlock_core.values import Value

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SHOWN = 200


class Listed(Value):
    """What a list says.

    Args:
        bases: URLs that the repository's files stand below, the preferred first, with no slash at the end.
        repomd: what repomd.xml may be, the newest first; empty where the list does not say.
    """

    bases: tuple[str, ...]
    repomd: tuple[Expected, ...] = ()


def read(body: bytes, *, where: str, variables: Mapping[str, str] | None = None) -> Listed:
    """Read a list of either kind.

    Args:
        where: its URL, for errors; a list that stands on this machine may name files of it, others may not.
        variables: what ``$name`` stands for in a text.

    Raises:
        UpstreamError: it names no mirror that can be asked.
        VerificationError: a metalink that is damaged or hostile, or says nothing to check repomd.xml by.
    """
    text = body.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        found = metalink.parse(body, where=where)
        listed, repomd = found.urls, found.repomd
    else:
        listed, repomd = tuple(_lines(text, variables or {})), ()
    bases = tuple(dict.fromkeys(url.rstrip("/") for url in listed if _can_be_asked(url, where)))
    if not bases:
        todo = "correct the URL: see what it answers in a browser"
        raise UpstreamError("lists no mirror that can be asked", where=where, why=_comment(text), todo=todo)
    return Listed(bases, repomd)


def _lines(text: str, variables: Mapping[str, str]) -> Iterator[str]:
    for line in text.splitlines():
        url = _expanded(line.strip(), variables)
        if url and not url.startswith("#"):
            yield f"file://{url}" if url.startswith("/") else url


def _expanded(line: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get((match[1] or match[2]).lower(), match[0]), line)


def _can_be_asked(url: str, where: str) -> bool:
    """Over HTTP alone, and with nothing in it that must not stand in a lock: credentials, a query, a variable."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    schemes = ("http", "https", "file") if where.startswith("file://") else ("http", "https")
    named = parts.netloc or parts.scheme == "file"
    odd = "@" in parts.netloc or parts.query or parts.fragment or "$" in url
    return parts.scheme in schemes and bool(named) and not odd and all(32 < ord(letter) < 127 for letter in url)


def _comment(text: str) -> str:
    """What a server says in place of a list, such as ``# repo = foo arch = x86_64 error: invalid repo or arch``."""
    lines: Iterable[str] = (line.strip("# \t\r") for line in text.splitlines() if line.startswith("#"))
    first = next((line for line in lines if line), "")
    return "".join(letter for letter in first if letter.isprintable())[:_SHOWN]
