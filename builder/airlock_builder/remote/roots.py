"""The root document of a repository: the repomd.xml of the first mirror whose own passes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from airlock_builder.remote.documents import Documents, Kept, ask
from airlock_builder.remote.failover import Candidate, from_any
from airlock_builder.remote.http import HttpClient, Response
from airlock_builder.remote.metalink import SUFFIX
from airlock_builder.remote.mirrorlist import Listed
from airlock_core.errors import AirlockError, VerificationError
from airlock_core.values import Value

T = TypeVar("T")
Judge = Callable[[str, bytes], T]
"""Makes something of what stands somewhere (of a base: its repomd.xml); else VerificationError or UpstreamError."""
Note = Callable[[Candidate, AirlockError], None]

_LAGGARDS = 10
"""Mirrors that are behind, after which no further one is asked for the newest."""


def root_url(base: str) -> str:
    """Where a repository's root document stands."""
    return f"{base}/{SUFFIX}"


def base_of(source: str, listed: Listed) -> str:
    """The base that a kept document came from; the first of the list where that is no longer on it."""
    base = source.removesuffix(f"/{SUFFIX}")
    return base if base in listed.bases else listed.bases[0]


class _Older(Value):
    """A document that is what repomd.xml was before: the larger the age, the longer ago."""

    age: int
    candidate: Candidate
    response: Response


class Roots(Generic[T]):
    """A search through the mirrors of one repository.

    Args:
        documents: keep what passed.
        name: what it is kept by.
        listed: what the list of mirrors says; nothing but the mirrors where it is none.
        judge: decides.
        limit: bytes of a document at the most.
    """

    def __init__(self, documents: Documents, name: str, listed: Listed, judge: Judge[T], *, limit: int) -> None:
        self._documents = documents
        self._name = name
        self._listed = listed
        self._judge = judge
        self._limit = limit
        self._kept: Kept | None = documents.kept(name)
        self._older: list[_Older] = []

    def first(self, bases: Iterable[str], http: HttpClient, note: Note) -> T:
        """What is made of the first document that passes: the newest that the list knows, else one from before it.

        Raises:
            UpstreamError, VerificationError: none passes; each mirror is named with its reason.
        """
        candidates = [Candidate(root_url(base), base) for base in bases]
        enough = itertools.takewhile(lambda _: len(self._older) < _LAGGARDS, candidates)
        try:
            return from_any(enough, self._look, http, note, where=candidates[0].url, several=len(candidates) > 1)
        except VerificationError:
            if not self._older:
                raise
        ordered = {older.candidate: older for older in sorted(self._older, key=lambda older: older.age)}
        return from_any(ordered, lambda _, one: self._passed(one, ordered[one].response), http, note, where=self._name)

    def _look(self, http: HttpClient, candidate: Candidate) -> T:
        response = ask(candidate.url, http, self._kept, limit=self._limit)
        age = self._age(response.body, candidate.url)
        if age:
            self._older.append(_Older(age, candidate, response))
            raise VerificationError("is behind: it has what the metalink says was before", where=candidate.url)
        return self._passed(candidate, response)

    def _passed(self, candidate: Candidate, response: Response) -> T:
        found = self._judge(str(candidate.mirror), response.body)
        self._documents.keep(self._name, candidate.url, response)
        return found

    def _age(self, body: bytes, url: str) -> int:
        """Where in the list's versions a document stands; 0 is the newest, and any where the list knows none."""
        if not self._listed.repomd:
            return 0
        for age, expected in enumerate(self._listed.repomd):
            if expected.fits(body):
                return age
        why = "its size and digest are neither those in the metalink nor those that it says were before"
        raise VerificationError("is not the repomd.xml that the metalink speaks of", where=url, why=why)
