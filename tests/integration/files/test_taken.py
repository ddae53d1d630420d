"""Digests that nobody gives: taken when files are locked, shown, and told of when the files move."""

from __future__ import annotations

import hashlib

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.files.conftest import HOST, Servers, locked

pytestmark = pytest.mark.integration

NAME = f"{HOST}/tool"


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_a_digest_that_was_taken_is_shown_once_and_stands_in_the_lock_as_such(
    airlock: Airlock, servers: Servers
) -> None:
    url = servers.put("tool", "one")
    path = airlock.write({"files": {"urls": [{"url": url}]}, "locks": "."})
    told = airlock("lock", "-m", path)
    assert "digests taken now: nobody vouches for them, so compare them with their makers':" in told.out
    assert f"  {url}\n    {digest('one')}\n" in told.out
    assert locked(airlock)[NAME]["checksum_from"] == "taken"
    again = airlock("lock", "-m", path, "--json").json
    assert (again["taken"], again["written"]) == ({}, [])
    assert f"file {NAME}" in airlock("inspect", "files.lock").out.partition("unvouched:")[2]
    airlock.write({"files": {"urls": [{"url": url, "checksum": digest("one")}]}, "locks": "."})
    told = airlock("lock", "-m", path, "--check", expect=7)
    assert "vouched for otherwise" in told.err
    assert "the manifest has another vouch for it" in told.err
    airlock("lock", "-m", path, "--update", "tool")
    assert locked(airlock)[NAME]["checksum_from"] == "manifest"


def test_a_url_that_moved_is_told_with_old_and_new_digest(airlock: Airlock, servers: Servers) -> None:
    url = servers.put("tool", "one")
    path = airlock.write({"files": {"urls": [{"url": url}]}, "locks": "."})
    airlock("lock", "-m", path)
    servers.put("tool", "two")
    empty = airlock.with_store(airlock.folder / "empty")
    told = empty("fetch", "-m", path, expect=4).err
    assert f"{url}: other bytes than locked: expected {digest('one')}, found {digest('two')}" in told
    assert f"why: {digest('one')} was taken when it was locked, and nobody vouches for it" in told
    assert f"airlock lock --update '{url}'" in told
    told = airlock("lock", "-m", path, "--check", expect=7).err
    assert "other bytes at the same URL" in told
    assert digest("one") in told
    assert f"→ {digest('two')}" in told
    told = airlock("lock", "-m", path, "--update", url).out
    assert f"→ {digest('two')}" in told
    assert f"  {url}\n    {digest('two')}\n" in told
    empty("fetch", "-m", path)
    servers.put("tool", "longer")
    told = airlock.with_store(airlock.folder / "another")("fetch", "-m", path, expect=4).err
    assert f"{url}: another size than locked: expected 3 bytes, found 6" in told
    assert f"why: {digest('two')} was taken when it was locked" in told
