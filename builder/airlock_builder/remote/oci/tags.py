"""The tags of a repository, page by page.

Source: OCI distribution specification 1.1, "Listing Tags".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from airlock_builder.remote.oci.repository import Document
from airlock_core.errors import UpstreamError

PAGE, MAX_PAGES = 200, 1_000
"""Tags that are asked for at once, and how often; some registries give all, or fewer."""
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def all_tags(ask: Callable[[str], Document], where: str) -> list[str]:
    """All tags, as far as the registry lists them.

    Args:
        ask: gives a document of the repository.
        where: the repository, for errors.

    Raises:
        UpstreamError: what it gives is no list, or does not end; whatever ``ask`` raises.
    """
    found: list[str] = []
    query = f"n={PAGE}"
    for _ in range(MAX_PAGES):
        page = ask(f"tags/list?{query}")
        found += _tags(page.raw, where)
        if not page.following:
            return found
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
