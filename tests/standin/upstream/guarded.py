"""Answers for those who say the right word, and a note of what each asker said."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from tests.standin.upstream.reply import Asked, Reply, Source, short


def basic(user: str, password: str) -> str:
    """The header's value for basic authentication."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@dataclass
class Guarded:
    """A source behind a door.

    Args:
        inner: what is behind it.
        wanted: the ``Authorization`` that opens it; None: none is asked for.
        heard: the ``Authorization`` of each request.
    """

    inner: Source
    wanted: str | None = None
    heard: list[str | None] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        said = asked.headers.get("Authorization")
        self.heard.append(said)
        if self.wanted is not None and said != self.wanted:
            # as some servers do, it gives back what it was told
            return short(401, f"not {said}", {"WWW-Authenticate": "Basic", "X-Heard": str(said)})
        return self.inner(asked)
