"""Checksum files that vouch for files, unsigned and signed, and all that is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.files.conftest import HOST, Servers, locked
from tests.integration.rpms.signing import Signer
from tests.integration.rpms.signing import signer as signer_home
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY, clear_signed, sign_detached

pytestmark = pytest.mark.integration

TOOL = b"a tool\n"
SHA256, SHA512 = hashlib.sha256(TOOL).hexdigest(), hashlib.sha512(TOOL).hexdigest()
SUMS = f"{SHA256}  tool\n{'0' * 64}  other\n"
URL = f"http://{HOST}/v1/tool"


def lock(airlock: Airlock, *more: str, expect: int = 0, **entry: Any) -> str:
    """Lock the tool; all that was said."""
    path = airlock.write({"files": {"urls": [{"url": URL, **entry}]}, "locks": "."})
    ran = airlock("lock", "-m", path, *more, expect=expect)
    return ran.out + ran.err


def serve_sums(servers: Servers, text: str | bytes = SUMS, name: str = "SHA256SUMS") -> str:
    servers.put("v1/tool", TOOL)
    return servers.put(f"v1/{name}", text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SHA256SUMS", SUMS),
        ("SHA256SUMS", f"# of today\n{SHA256.upper()} *./tool\r\n"),
        ("CHECKSUM", f"# tool: 7 bytes\nSHA256 (tool) = {SHA256}\nMD5 (tool) = {'0' * 32}\n"),
        ("sums.txt", f"SHA2-256(v1/tool)= {SHA256}\n"),
        ("tool.sha256", f"{SHA256}\n"),
        ("tool.sha256", f"{SHA256}  build/out/tool\n"),
        ("tool.sha512", f"{SHA512}\n"),
        ("SHA512SUMS", f"{SHA512}  tool\n"),
    ],
)
def test_a_checksum_file_gives_the_digest_and_stands_in_the_lock(
    name: str, text: str, airlock: Airlock, servers: Servers
) -> None:
    url = serve_sums(servers, text, name)
    told = lock(airlock, checksums=url)
    entry = locked(airlock)[f"{HOST}/v1/tool"]
    assert (entry["checksum"], entry["checksum_from"], entry["checksums"]) == (f"sha256:{SHA256}", "checksums", url)
    assert "signer" not in entry
    assert "taken" not in told
    downloads = [one for one in servers.files.log.all() if one.path == "/v1/tool" and one.method == "GET"]
    assert len(downloads) == ("512" in name), "what SHA-256 vouches for need not be downloaded to be locked"


def detached(servers: Servers, suffix: str) -> dict[str, Any]:
    url = serve_sums(servers)
    signature = sign_detached(servers.folder / "v1/SHA256SUMS")
    signature.rename(signature.with_suffix(suffix))
    return {"checksums": url, "key": str(PUBLIC_KEY)}


def clear(servers: Servers) -> dict[str, Any]:
    return {"checksums": serve_sums(servers, clear_signed(SUMS.encode())), "key": [str(PUBLIC_KEY)]}


def elsewhere(servers: Servers) -> dict[str, Any]:
    asked = detached(servers, ".asc")
    (servers.folder / "v1/SHA256SUMS.asc").rename(servers.folder / "the.signature")
    return {**asked, "signature": f"http://{HOST}/the.signature"}


@pytest.mark.parametrize(
    "make",
    [
        lambda servers: detached(servers, ".asc"),
        lambda servers: detached(servers, ".sig"),
        lambda servers: detached(servers, ".gpg"),
        lambda servers: detached(servers, ".sign"),
        clear,
        elsewhere,
    ],
)
def test_who_signed_the_checksum_file_stands_in_the_lock(
    make: Callable[[Servers], dict[str, Any]], airlock: Airlock, servers: Servers
) -> None:
    asked = make(servers)
    lock(airlock, **asked)
    entry = locked(airlock)[f"{HOST}/v1/tool"]
    assert (entry["signer"], entry["checksums"]) == (FINGERPRINT, asked["checksums"])
    assert f"signed by {FINGERPRINT}" in airlock("why", "-m", "release.yaml", "tool").out
    assert f"signed by {FINGERPRINT}" in airlock("inspect", "files.lock").out
    airlock("lock", "-m", "release.yaml", "--check")
    servers.put("v1/SHA256SUMS", f"{'1' * 64}  tool\n")
    lock(airlock, "--update", "nothing", expect=3, **asked)
    lock(airlock, "--check", expect=4, **asked)


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    """A home of keys that are not the stand-in's."""
    with signer_home() as made:
        yield made


def test_a_signature_that_is_missing_altered_or_foreign_is_refused(
    airlock: Airlock, servers: Servers, signer: Signer, tmp_path: Path
) -> None:
    url = serve_sums(servers)
    asked = {"checksums": url, "key": str(PUBLIC_KEY)}
    told = lock(airlock, expect=4, **asked)
    assert f"{url}: is not signed, and the manifest gives a key for it" in told
    assert "none of .asc, .sig, .gpg, .sign" in told
    sign_detached(servers.folder / "v1/SHA256SUMS")
    serve_sums(servers, SUMS + "\n")
    assert f"{url}.asc: its signature does not verify" in lock(airlock, expect=4, **asked)
    serve_sums(servers, clear_signed(SUMS.encode()).replace(b"tool", b"t00l"))
    assert f"{url}: its signature does not verify" in lock(airlock, expect=4, **asked)
    serve_sums(servers, SUMS)
    servers.put("v1/SHA256SUMS.asc", "<html>no such page</html>")
    assert f"{url}.asc: not a detached OpenPGP signature" in lock(airlock, expect=4, **asked)
    other = signer.make("other")
    servers.put("v1/SHA256SUMS.asc", signer.detached(other, SUMS.encode()))
    told = lock(airlock, expect=4, **asked)
    assert f"{url}.asc: its signature" in told
    assert "which is no key listed for it" in told
    assert "  do:  compare the file with its maker's" in told
    assert not (airlock.folder / "files.lock").exists()


def test_a_signature_of_an_expired_key_is_refused(
    airlock: Airlock, servers: Servers, signer: Signer, tmp_path: Path
) -> None:
    url = serve_sums(servers)
    old = signer.make("old")
    signer.gpg("--quick-set-expire", old, "20240701T000000", time="20240102T000000")
    key = signer.public(old, tmp_path / "old.asc")
    servers.put("v1/SHA256SUMS.asc", signer.detached(old, SUMS.encode()))
    told = lock(airlock, expect=4, checksums=url, key=str(key))
    assert f"{url}.asc: its signature is not to be trusted" in told
    assert "expired on 2024-07-01" in told
    clear = signer.gpg("--local-user", old, "--clear-sign", stdin=SUMS.encode()).stdout
    told = lock(airlock, expect=4, checksums=serve_sums(servers, clear), key=str(key))
    assert "expired on 2024-07-01" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{SHA256}  tool-1.0\n{SHA256}  b\n", "says nothing of tool"),
        (f"{'0' * 32}  tool\n", "has no digest of tool that proves anything"),
        (f"{SHA256}  a/tool\n{'0' * 64}  b/tool\n", "gives several digests for tool"),
        (f"{SHA256}\n{SHA256}\n", "it has 2 digests and no names"),
        ("<html>There is no such page</html>\n", "is no checksum file: no line of it gives a digest"),
    ],
)
def test_a_checksum_file_that_vouches_for_nothing_is_refused(
    text: str, said: str, airlock: Airlock, servers: Servers
) -> None:
    url = serve_sums(servers, text)
    told = lock(airlock, expect=4, checksums=url)
    assert f"{url}: " in told
    assert said in told


def test_a_file_that_is_not_what_its_checksum_file_says_is_refused(airlock: Airlock, servers: Servers) -> None:
    url = serve_sums(servers, f"{'0' * 128}  tool\n", "SHA512SUMS")
    told = lock(airlock, expect=4, checksums=url)
    assert f"{URL}: other bytes than its checksum file {url} says: expected sha512:000" in told
    told = lock(airlock, expect=4, checksums=serve_sums(servers), checksum=f"sha256:{'1' * 64}")
    assert f"{URL}: the manifest gives sha256:1111" in told


def test_a_signed_list_without_a_key_is_taken_and_told(airlock: Airlock, servers: Servers) -> None:
    url = serve_sums(servers, clear_signed(SUMS.encode()))
    told = lock(airlock, checksums=url)
    assert f"{url} is signed, and the manifest gives no key: its signature was not looked at" in told
    assert locked(airlock)[f"{HOST}/v1/tool"]["checksum"] == f"sha256:{SHA256}"


def test_the_base_iso_is_vouched_for_by_the_list_beside_it(airlock: Airlock, servers: Servers) -> None:
    iso = servers.put("isos/Rocky-8.10-x86_64-minimal.iso", b"iso")
    digest = hashlib.sha256(b"iso").hexdigest()
    checksums = servers.put("isos/CHECKSUM", f"SHA256 (Rocky-8.10-x86_64-minimal.iso) = {digest}\n")
    sign_detached(servers.folder / "isos/CHECKSUM")
    base = {"iso": iso, "checksums": checksums, "key": str(PUBLIC_KEY)}
    airlock("lock", "-m", airlock.write({"base": base, "locks": "."}))
    entry = locked(airlock)["Rocky-8.10-x86_64-minimal.iso"]
    assert (entry["checksum"], entry["signer"], entry["kind"]) == (f"sha256:{digest}", FINGERPRINT, "base")


def test_one_list_of_many_files_is_fetched_once(airlock: Airlock, servers: Servers) -> None:
    names = [f"v1/{number}" for number in range(5)]
    urls = [servers.put(name, name) for name in names]
    sums = "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name[3:]}\n" for name in names)
    checksums = servers.put("v1/SHA256SUMS", sums)
    sign_detached(servers.folder / "v1/SHA256SUMS")
    entries = [{"url": url, "checksums": checksums, "key": str(PUBLIC_KEY)} for url in urls]
    airlock("lock", "-m", airlock.write({"files": {"urls": entries}, "locks": "."}))
    assert sum(one.path == "/v1/SHA256SUMS" for one in servers.files.log.all()) == 1
    assert {entry["signer"] for entry in locked(airlock).values()} == {FINGERPRINT}


def test_what_keys_are_for_is_told_by_lint(airlock: Airlock) -> None:
    (airlock.folder / "no.asc").write_text("nothing")
    entry = {"url": "https://files.test/a", "checksums": "https://files.test/b", "key": "no.asc"}
    told = airlock("lint", "-m", airlock.write({"files": {"urls": [entry]}}), expect=3).err
    assert "files.urls[0].key[0]: holds no OpenPGP public key: no.asc" in told
    del entry["checksums"]
    told = airlock("lint", "-m", airlock.write({"files": {"urls": [entry]}}), expect=3).err
    assert "files.urls[0].key: a key of no checksum file" in told
    entry = {"url": "https://files.test/a", "checksums": "http://files.test/b"}
    told = airlock("lint", "-m", airlock.write({"files": {"urls": [entry]}})).err
    assert "the checksum file of the file comes over plain HTTP, unsigned" in told
