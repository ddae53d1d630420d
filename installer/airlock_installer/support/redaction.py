"""Secrets out of what is handed on: those that are known, in every spelling, and what looks like one.

The known ones are the vault's, its key, the registry's password and the private keys' texts. What people wrote where no
secret belongs is found by its looks: keys called password or token, credentials in URLs and headers, hashes, PEM keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from airlock_installer.masking import MASK, Mask

LEAST = 5
"""Letters from which on a text below a key called password is masked wherever else it stands."""

# What runs over a text is bounded, so that a line of a megabyte takes no more than its share.
_WORD = r"(?:passw(?:or)?d|passphrase|secret|token|become_pass|api[_-]?key|access[_-]?key|private[_-]?key)[\w.-]{0,40}"
_QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_BLOCK = r"[|>][^\n]*\n(?:[ \t]+[^\n]*(?:\n|\Z))+"
_PLAIN = r"""(?!\{\{|!unsafe)[^\s"'{\[][^\n]*"""
_ASSIGNED = re.compile(rf"""(?i)({_WORD}["']?[ \t]*[:=][ \t]*(?:!unsafe[ \t]+)?)({_QUOTED}|{_BLOCK}|{_PLAIN})""")
_SECRET_KEY = re.compile(rf"(?i)[\w.-]{{0,40}}{_WORD}")
_LOOKS = (
    # A key in PEM, whole or cut off at its end (RFC 7468).
    (r"(?s)-----BEGIN ([A-Z ]{0,40}PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", MASK),
    # --name value
    (rf"(?i)(--[\w.-]{{0,40}}{_WORD}[ \t]+)(\S+)", rf"\g<1>{MASK}"),
    # Authorization: Basic x, Bearer x (RFC 9110, 11.6.2)
    (r"""(?i)\b(authorization["']?\s*[:=]\s*["']?(?:basic|bearer|token)\s+)[\w.~+/=-]+""", rf"\g<1>{MASK}"),
    # scheme://user:password@host (RFC 3986, 3.2.1)
    (r"(://[^\s/:@]{0,100}:)[^\s/@]{1,300}(@)", rf"\g<1>{MASK}\g<2>"),
    # Hashes of passwords (crypt(5), htpasswd).
    (r"\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2id?)\$[\w./$=,+-]{8,}", MASK),
    # What Ansible Vault encrypted.
    (r"\$ANSIBLE_VAULT;[^\n]*\n(?:[ \t]*[0-9a-f]{20,}[ \t]*\n?)+", f"{MASK}\n"),
)
_COMPILED = tuple((re.compile(looks), instead) for looks, instead in _LOOKS)


class Redaction:
    """Takes secrets out of texts.

    Args:
        secrets: those that are known.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        self._mask = Mask(secrets)

    def text(self, text: str) -> str:
        """A text without secrets."""
        text = self._mask.text(text)
        for looks, instead in _COMPILED:
            text = looks.sub(instead, text)
        return _ASSIGNED.sub(_assigned, text)

    def json(self, text: str) -> str:
        """A text of JSON without secrets, which stays JSON whatever words stand in it; any other as a text."""
        try:
            found = json.loads(text)
        except ValueError:
            return self.text(text)
        return json.dumps(self._data(found), indent=2, ensure_ascii=False) + "\n"

    def _data(self, value: Any, *, is_secret: bool = False) -> Any:
        if isinstance(value, dict):
            keys = ((key, bool(_SECRET_KEY.fullmatch(key))) for key in value)
            return {self.text(key): self._data(value[key], is_secret=secret) for key, secret in keys}
        if isinstance(value, list):
            return [self._data(each) for each in value]
        if is_secret and value not in (None, "") and not isinstance(value, bool) and "{{" not in str(value):
            return MASK
        return self.text(value) if isinstance(value, str) else value


def below_secret_keys(data: Any, *, is_secret: bool = False) -> Iterator[str]:
    """Texts that stand below keys called password and the like, in what a YAML file holds."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from below_secret_keys(value, is_secret=is_secret or bool(_SECRET_KEY.fullmatch(str(key))))
    elif isinstance(data, list | tuple):
        for value in data:
            yield from below_secret_keys(value, is_secret=is_secret)
    elif is_secret and len(str(data)) >= LEAST and "{{" not in str(data):
        yield str(data)


def _assigned(match: re.Match[str]) -> str:
    name, value = match[1], match[2]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{name}{quote}{MASK}{quote}" + ("\n" if value.endswith("\n") else "")
