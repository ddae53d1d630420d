"""A registry that lies about what is attached to an image: refused by name, within bounds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.lock.attached.finding import Finder, Found
from airlock_builder.remote.attachments import Attachments
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.rewrites import Rewrite
from airlock_builder.remote.trust import Trust
from airlock_core.attached import cosign_tag, referrers_tag
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from tests.registries import registries
from tests.standin.images.attach import EMPTY
from tests.standin.images.layout import INDEX, MANIFEST
from tests.standin.pki import Authority
from tests.standin.upstream.reply import Asked, Reply, short
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = pytest.mark.integration

IMAGE = ImageRef.parse("vendor.test/web").at(Digest.sha256(b"the image"))
SPDX = "application/spdx+json"
Answers = Mapping[str, Callable[[Asked], Reply]]


def digest_of(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def document(value: object, media_type: str = INDEX, **headers: str) -> Callable[[Asked], Reply]:
    """An answer of JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    own = {"Content-Type": media_type, "Content-Length": str(len(raw)), **headers}
    return lambda asked: Reply(200, own, iter([raw]))


def manifest(subject: str, data: str = "x", /, **more: Any) -> bytes:
    config = {"mediaType": EMPTY, "digest": digest_of(b"{}"), "size": 2}
    layer = {"mediaType": SPDX, "digest": digest_of(data.encode()), "size": len(data)}
    refers = {"mediaType": MANIFEST, "digest": subject, "size": 1}
    whole = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": SPDX, "config": config, "layers": [layer]}
    return json.dumps({**whole, "subject": refers, **more}).encode()


def entry(raw: bytes, **more: Any) -> dict[str, Any]:
    return {"mediaType": MANIFEST, "digest": digest_of(raw), "size": len(raw), "artifactType": SPDX, **more}


def listing(*entries: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}


@contextmanager
def upstream(answers: Answers) -> Iterator[tuple[Attachments, FaultyServer]]:
    """A server that answers below ``/v2/web/`` as told, and 404 elsewhere."""

    def answer(asked: Asked) -> Reply:
        found = answers.get(asked.path.removeprefix("/v2/web/"))
        return found(asked) if found else short(404, "no such thing")

    with serve(answer) as server:
        yield Attachments(registries(Mirrors({"vendor.test": server.address}))), server


def found(answers: Answers, kinds: tuple[str, ...] = ("all",)) -> list[Found]:
    with upstream(answers) as (attachments, _):
        return list(Finder(attachments, kinds).of(IMAGE))


def refused(answers: Answers, kind: type[AirlockError]) -> AirlockError:
    with pytest.raises(kind) as caught:
        found(answers)
    return caught.value


REFERRERS = f"referrers/{IMAGE.digest}"
HONEST = manifest(str(IMAGE.digest))
OTHER = f"sha256:{'0' * 64}"


def at(raw: bytes) -> str:
    return f"manifests/{digest_of(raw)}"


def test_an_honest_list_is_taken() -> None:
    (one,) = found({REFERRERS: document(listing(entry(HONEST))), at(HONEST): document(HONEST, MANIFEST)})
    assert (str(one.artifact.digest), one.kind, one.way) == (digest_of(HONEST), "sbom", "referrers-api")


def test_a_list_of_a_hundred_thousand_is_refused_unread() -> None:
    entries = [entry(HONEST, digest=f"sha256:{number:064x}") for number in range(100_000)]
    fault = refused({REFERRERS: document(listing(*entries))}, UpstreamError)
    assert "more than 4 MiB" in fault.what
    assert str(IMAGE) in fault.where


def test_a_long_list_in_small_pages_is_refused_too() -> None:
    """Each of its pages says that there is another one."""
    entries = listing(*(entry(HONEST, digest=f"sha256:{number:064x}") for number in range(400)))
    endless = document(entries, Link=f'</v2/web/{REFERRERS}?last=1>; rel="next"')
    with upstream({REFERRERS: endless}) as (attachments, server):
        with pytest.raises(UpstreamError, match="more than 1000 artifacts"):
            attachments.referrers(IMAGE)
        assert len(server.log.all()) == 3


def test_pages_without_an_end_are_refused() -> None:
    empty = document(listing(), Link=f'</v2/web/{REFERRERS}?last=1>; rel="next"')
    with upstream({REFERRERS: empty}) as (attachments, server):
        with pytest.raises(UpstreamError, match="more than 200 pages"):
            attachments.referrers(IMAGE)
        assert len(server.log.all()) == 200


def test_the_next_page_is_asked_of_the_same_host_alone() -> None:
    elsewhere = document(listing(), Link='<http://127.0.0.1:9/v2/other/referrers/x?last=1>; rel="next"')
    pages, targets = iter([elsewhere, document(listing())]), list[str]()

    def answer(asked: Asked) -> Reply:
        targets.append(asked.target)
        return next(pages)(asked)

    with upstream({REFERRERS: answer}) as (attachments, _):
        assert attachments.referrers(IMAGE).entries == ()
    assert targets == [f"/v2/web/{REFERRERS}", f"/v2/web/{REFERRERS}?last=1"]


LIES: dict[str, tuple[Answers, type[AirlockError], str]] = {
    "other bytes": (
        {REFERRERS: document(listing(entry(HONEST))), at(HONEST): document(manifest(OTHER), MANIFEST)},
        VerificationError,
        "another manifest than it should be",
    ),
    "another size": (
        {REFERRERS: document(listing(entry(HONEST, size=7))), at(HONEST): document(HONEST, MANIFEST)},
        VerificationError,
        "is listed with 7 bytes",
    ),
    "another subject": (
        {
            REFERRERS: document(listing(entry(manifest(OTHER)))),
            at(manifest(OTHER)): document(manifest(OTHER), MANIFEST),
        },
        VerificationError,
        f"is listed as referring to {IMAGE.digest}, and refers to {OTHER}",
    ),
    "no subject": (
        {
            REFERRERS: document(listing(entry(manifest(OTHER, subject=None)))),
            at(manifest(OTHER, subject=None)): document(manifest(OTHER, subject=None), MANIFEST),
        },
        VerificationError,
        "refers to nothing",
    ),
    "listed, and not there": ({REFERRERS: document(listing(entry(HONEST)))}, UpstreamError, "cannot be fetched"),
    "a list that is none": ({REFERRERS: document(["?"])}, VerificationError, "not a list"),
    "a list in a list": ({REFERRERS: document(b"[" * 100_000)}, VerificationError, "not a list"),
    "digests that are none": (
        {REFERRERS: document(listing(entry(HONEST, digest="sha256:../../etc")))},
        VerificationError,
        "not a list",
    ),
    "an index as an artifact": (
        {
            REFERRERS: document(listing(entry(json.dumps(listing()).encode()))),
            at(json.dumps(listing()).encode()): document(listing()),
        },
        VerificationError,
        "an index",
    ),
    "a signature that is none": (
        {f"manifests/{cosign_tag(IMAGE.pinned, 'signature')}": document(b"<html>", "text/html")},
        VerificationError,
        "not an image manifest",
    ),
    "a signature without end": (
        {f"manifests/{cosign_tag(IMAGE.pinned, 'signature')}": document(b" " * (5 << 20), MANIFEST)},
        UpstreamError,
        "more than 4 MiB",
    ),
    "sizes below nothing": (
        {
            f"manifests/{cosign_tag(IMAGE.pinned, 'signature')}": document(
                manifest(OTHER, layers=[{"mediaType": SPDX, "digest": OTHER, "size": -1}]), MANIFEST
            )
        },
        VerificationError,
        "less than no bytes",
    ),
    "the tag of the list is an image": (
        {f"manifests/{referrers_tag(IMAGE.pinned)}": document(HONEST, MANIFEST)},
        VerificationError,
        "not a list",
    ),
    "no answer but an error": ({REFERRERS: lambda asked: short(500, "?")}, UpstreamError, "cannot be fetched"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_by_name(lie: str) -> None:
    answers, kind, text = LIES[lie]
    fault = refused(answers, kind)
    assert text in fault.what
    assert "vendor.test/web" in fault.where


def test_a_chain_of_artifacts_is_followed_so_far_and_no_farther() -> None:
    """A circle cannot be: each names the digest of the one before."""
    answers: dict[str, Callable[[Asked], Reply]] = {}
    subject = str(IMAGE.digest)
    for depth in range(6):
        raw = manifest(subject, f"{depth}")
        answers |= {f"referrers/{subject}": document(listing(entry(raw))), at(raw): document(raw, MANIFEST)}
        subject = digest_of(raw)
    assert "more than 4 deep" in refused(answers, UpstreamError).what


def test_an_artifact_that_is_said_to_refer_to_itself_is_refused() -> None:
    raw = manifest(str(IMAGE.digest))
    itself = document(listing(entry(raw)))
    answers = {REFERRERS: itself, at(raw): document(raw, MANIFEST), f"referrers/{digest_of(raw)}": itself}
    assert f"is listed as referring to {digest_of(raw)}" in refused(answers, VerificationError).what


def test_a_password_is_told_to_nobody_in_clear_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    asks = {"WWW-Authenticate": 'Bearer realm="http://tokens.test/token",service="x"'}
    with serve(lambda asked: short(401, "who is there?", asks), authority.context()) as server:
        login = base64.b64encode(b"someone:secret").decode()
        (tmp_path / "auth.json").write_text(json.dumps({"auths": {server.address: {"auth": login}}}))
        monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
        place = Rewrite("vendor.test", server.address, trust=Trust(authority.file))
        attachments = Attachments(registries(rewrites=[place]))
        with pytest.raises(UpstreamError, match="in clear text"):
            attachments.referrers(IMAGE)


def test_a_registry_with_a_page_for_people_in_place_of_the_api_is_asked_by_tag() -> None:
    answers = {
        REFERRERS: document(b"<html>", "text/html"),
        f"manifests/{referrers_tag(IMAGE.pinned)}": document(listing(entry(HONEST))),
        at(HONEST): document(HONEST, MANIFEST),
    }
    assert [one.way for one in found(answers)] == ["referrers-tag"]
