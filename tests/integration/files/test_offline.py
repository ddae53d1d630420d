"""Files and collections locked again without a network: as they were last seen, or by name what never was."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from tests.integration.cli.airlock import Airlock
from tests.integration.files.conftest import GALAXY, HOST, Servers
from tests.standin.galaxy import Collection
from tests.standin.keys import PUBLIC_KEY, sign_detached

TOOL = b"tool\n"


def away(airlock: Airlock) -> Airlock:
    """The program with the same store where nobody can be reached, without locks that stand."""
    folder = airlock.folder.with_name("away")
    folder.mkdir(exist_ok=True)
    return Airlock(folder, airlock.store, ("--mirror", f"{HOST}=127.0.0.1:9", "--mirror", f"{GALAXY}=127.0.0.1:9"))


def test_files_are_what_they_were_last_seen_to_be_whoever_vouches_for_them(airlock: Airlock, servers: Servers) -> None:
    digest = hashlib.sha256(TOOL).hexdigest()
    given, listed, taken = (servers.put(f"v1/{name}", TOOL) for name in ("given", "listed", "taken"))
    sums = servers.put("v1/SHA256SUMS", f"{digest}  listed\n")
    # the first place where a signature is looked for has none
    sign_detached(servers.folder / "v1/SHA256SUMS").rename(servers.folder / "v1/SHA256SUMS.sig")
    urls = [
        {"url": given, "checksum": f"sha256:{digest}"},
        {"url": listed, "checksums": sums, "key": [str(PUBLIC_KEY)]},
        {"url": taken},
    ]
    servers.files.faults.header("/v1/taken", "ETag", None)  # of which no later run can tell whether it is the same
    content = {"files": {"urls": urls}, "locks": "."}
    airlock("lock", "-m", airlock.write(content))
    other = away(airlock)
    told = other("lock", "--offline", "-m", other.write(content)).err
    assert (other.folder / "files.lock").read_bytes() == (airlock.folder / "files.lock").read_bytes()
    assert f"offline: taken as last seen: {sums} just now, {sums}.sig just now" in told


def test_collections_are_chosen_of_what_their_server_listed(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(Collection("a.one", "1.0.0", {"b.two": "*"}), Collection("b.two", "2.0.0"))
    content = {"collections": [{"name": "a.one", "version": ">=1", "source": f"http://{GALAXY}"}], "locks": "."}
    airlock("lock", "-m", airlock.write(content))
    servers.collections.log.clear()
    other = away(airlock)
    told = other("lock", "--offline", "-m", other.write(content), expect=5).err
    assert "is not in the cache" in told, "what one mirror said is not understood by another's address"
    other = replace(other, mirrors=airlock.mirrors)
    other("lock", "--offline", "-m", other.write(content))
    assert (other.folder / "files.lock").read_bytes() == (airlock.folder / "files.lock").read_bytes()
    assert not servers.collections.log.all()


def test_what_was_never_seen_is_named_all_of_it_at_once(airlock: Airlock, tmp_path: Path) -> None:
    other = away(airlock)
    (other.folder / "list.txt").write_text("one\n")
    digest = f"sha256:{'1' * 64}"
    content = {
        "files": {"urls": [{"url": f"http://{HOST}/given", "checksum": digest}, {"url": f"http://{HOST}/taken"}]},
        "collections": [{"name": "a.one", "version": ">=1", "source": f"http://{GALAXY}"}],
        "python": {"requirements": "list.txt", "version": "3.11", "index": f"http://{HOST}/simple"},
    }
    told = other("lock", "--offline", "-m", other.write(content), expect=5).err
    for name in (f"http://{HOST}/given", f"http://{HOST}/taken"):
        assert f"{name}: not fetched: --offline" in told
    for name in (f"http://{HOST}/simple", f"http://{GALAXY}/api/"):
        assert f"{name}: is not in the cache, and the run is offline" in told
