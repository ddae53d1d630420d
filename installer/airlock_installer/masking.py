"""Secrets taken out of what is kept and shown: logs, ledger, report, screen."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from airlock_core.errors import AirlockError, Faults

MASK = "********"
E = TypeVar("E", bound=AirlockError)
_TELLING = 5
"""Letters of an encoded secret below which it would be found where it is not."""
_LINE = 8
"""Letters of a line of a secret of several, from which on the line is secret by itself."""


class Mask:
    """Takes secrets out, as they are and as programs write them: quoted, escaped, in base64 and hex.

    A password may be a word that stands everywhere (``control``): what is masked is for people, and nothing is decided
    by it. Names of nodes stand in ``hosts`` for everybody to read, and are left where something is found by them.

    Args:
        secrets: passwords, keys, tokens; empty ones are passed over.
    """

    def __init__(self, secrets: Collection[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """A text without them."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def data(self, value: Any) -> Any:
        """Values as JSON has them, each text in them without secrets, keys too."""
        return self._data(value, self.text)

    def values(self, value: Any) -> Any:
        """The same, where the keys are ours, and something is found by them."""
        return self._data(value, str)

    def error(self, error: E) -> E:
        """An error whose words have no secrets; its place, a node's name or a file's, is as it was."""
        masked = type(error).__new__(type(error), self.text(error.what))
        masked.__dict__ |= error.__dict__
        masked.what, masked.why, masked.todo = map(self.text, (error.what, error.why, error.todo))
        if isinstance(masked, Faults):
            masked.faults = tuple(map(self.error, masked.faults))
        return masked

    def _data(self, value: Any, key: Callable[[str], str]) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key(str(name)): self._data(each, key) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._data(each, key) for each in value]
        return value if value is None or isinstance(value, bool | int | float) else self.text(str(value))


def _forms(secret: str) -> Iterator[str]:
    """All ways in which a secret is written."""
    yield secret
    lines = [line.strip() for line in secret.splitlines()]
    yield from (line for line in lines if len(line) >= _LINE)
    yield from _escaped(secret)
    encoded = (*_base64(secret.encode()), secret.encode().hex(), secret.encode().hex().upper())
    yield from (form for form in encoded if len(form) >= _TELLING)


def _escaped(secret: str) -> Iterator[str]:
    for ascii_alone in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_alone)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_alone)[1:-1]
    yield repr(secret)[1:-1]
    yield secret.replace("'", "''")
    yield shlex.quote(secret).strip("'")
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret))


def _base64(raw: bytes) -> Iterator[str]:
    """Its letters in base64 wherever it stands in a longer text: they hang on its place modulo 3."""
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        padded = bytes(before) + raw
        yield base64.b64encode(padded).decode()[first:last]
        yield base64.urlsafe_b64encode(padded).decode()[first:last]
