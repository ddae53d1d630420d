"""The referrers API before a real registry that has none: for reading, page by page.

Source: OCI distribution specification 1.1, "Listing Referrers".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.standin.images.layout import INDEX
from tests.standin.upstream import forward
from tests.standin.upstream.reply import Asked, Reply

Entry = Mapping[str, Any]


@dataclass
class Referrers:
    """What refers to which digest; ``page`` entries are given at once, ``filters`` by the type that is asked for."""

    registry: str
    page: int = 100
    filters: bool = True
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        """Give a page of a list, and the registry's own answer to all else."""
        parts = urlsplit(asked.target)
        head, api, digest = parts.path.rpartition("/referrers/")
        if not (api and head.startswith("/v2/")):
            return forward.source(self.registry)(asked)
        self.asked.append(asked.target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        wanted = query.get("artifactType", "") if self.filters else ""
        found = [one for one in self.entries[digest] if wanted in ("", one.get("artifactType"))]
        return self._page(found, int(query.get("last", 0)), parts.path, wanted)

    def _page(self, found: Sequence[Entry], start: int, path: str, wanted: str) -> Reply:
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": found[start : start + self.page]}
        body = json.dumps(index).encode()
        headers = {"Content-Type": INDEX, "Content-Length": str(len(body))}
        if start + self.page < len(found):
            more = f"&artifactType={quote(wanted)}" if wanted else ""
            headers["Link"] = f'<{path}?last={start + self.page}{more}>; rel="next"'
        if wanted:
            headers["OCI-Filters-Applied"] = "artifactType"
        return Reply(200, headers, iter([body]))
