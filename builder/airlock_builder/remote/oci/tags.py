"""The tags of a repository, page by page.

Source: OCI distribution specification 1.1, "Listing Tags".
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.repository import Document
from airlock_core.errors import UpstreamError, VerificationError

PAGE, MAX_PAGES = 200, 1_000
"""Tags that are asked for at once, and how often; some registries give all, or fewer."""
_ENOUGH = 25
"""Pages that are read where the tags are only to be told."""
_TOLD = 5
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def nearest(tag: str, ask: Callable[[str], Document]) -> str:
    """What a repository has in place of a tag that it lacks, to be told; empty where that cannot be known.

    Args:
        ask: as of :func:`all_tags`.
    """
    try:
        found = [one for page in islice(_pages(ask, ""), _ENOUGH) for one in page if not one.startswith("sha256-")]
    except MissingError:
        return "there is no such repository"
    except (UpstreamError, VerificationError):
        return ""
    near = difflib.get_close_matches(tag, found, _TOLD, 0)
    among = f"nearest of its {len(found)} tags" if len(found) > _TOLD else "its tags"
    return f"{among}: {', '.join(near)}" if near else "it has no tags"


def all_tags(ask: Callable[[str], Document], where: str) -> list[str]:
    """All tags, as far as the registry lists them.

    Args:
        ask: gives a document of the repository.
        where: the repository, for errors.

    Raises:
        UpstreamError: what it gives is no list, or does not end; whatever ``ask`` raises.
    """
    return [tag for page in _pages(ask, where) for tag in page]


def _pages(ask: Callable[[str], Document], where: str) -> Iterator[list[str]]:
    query = f"n={PAGE}"
    for _ in range(MAX_PAGES):
        page = ask(f"tags/list?{query}")
        yield _tags(page.raw, where)
        if not page.following:
            return
        query = page.following
    raise UpstreamError(f"a list of tags of more than {MAX_PAGES} pages: not taken", where=where)


def _tags(raw: bytes, where: str) -> list[str]:
    """The tags of a page; what no tag may be is asked for nowhere, and left out."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UpstreamError("the registry gives no list of tags", where=where, why=str(error)) from error
    tags = data.get("tags") if isinstance(data, dict) else None
    return [tag for tag in tags if isinstance(tag, str) and _TAG.fullmatch(tag)] if isinstance(tags, list) else []
