"""Uploads to registries that behave as the specification allows: they are gone on with where the registry says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing

import pytest

from airlock_builder.remote.oci.content import Text
from airlock_builder.remote.oci.errands import PUSH
from airlock_builder.remote.oci.ground import Ground
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.oci.transport import RegistryTransport
from airlock_builder.remote.oci.uploads import Upload
from airlock_builder.remote.places import Place
from airlock_builder.remote.traffic import Traffic
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError
from tests.standin.images import uploads
from tests.standin.images.uploads import Uploads

pytestmark = pytest.mark.integration

BODY = random.Random(20265).randbytes(100_000)
DIGEST = Digest.sha256(BODY)
PIECE = 40_000


@pytest.fixture
def registry() -> Iterator[Uploads]:
    """A registry in memory."""
    with uploads.serve() as running:
        yield running


def upload(registry: Uploads, *, body: bytes = BODY, digest: Digest = DIGEST, piece: int = PIECE) -> int:
    """Upload; how many bytes were told of."""
    told = 0

    def on_bytes(count: int) -> None:
        nonlocal told
        told += count

    spot = Spot(Place(registry.address, plain=True), "some/where")
    with closing(Ground(spot, Traffic(), pause=0.01)) as ground:
        Upload(RegistryTransport(spot, ground, PUSH), Text(body), digest, on_bytes, piece).run()
    return told


def test_a_blob_goes_in_pieces(registry: Uploads) -> None:
    assert upload(registry) == len(BODY)
    assert registry.asked == ["POST", "PATCH 0-39999", "PATCH 40000-79999", "PATCH 80000-99999", "PUT"]
    assert registry.blobs == {str(DIGEST): BODY}


def test_a_small_blob_goes_at_once(registry: Uploads) -> None:
    upload(registry, piece=1 << 20)
    assert registry.asked == ["POST", "PUT"]


def test_a_blob_that_is_there_is_not_sent(registry: Uploads) -> None:
    registry.blobs[str(DIGEST)] = BODY
    assert upload(registry) == len(BODY)
    assert registry.asked == []


def test_a_piece_that_was_cut_is_gone_on_with_where_it_stopped(registry: Uploads) -> None:
    registry.cuts = [PIECE, 12_345]
    assert upload(registry) == len(BODY)
    assert registry.asked[1:5] == ["PATCH 0-39999", "PATCH 40000-79999", "GET", "PATCH 52345-92344"]
    assert registry.blobs == {str(DIGEST): BODY}


def test_cuts_that_bring_it_on_by_a_mebibyte_are_not_counted(registry: Uploads) -> None:
    body = BODY * 80
    registry.cuts = [1_100_000] * 6
    assert upload(registry, body=body, digest=Digest.sha256(body), piece=len(body) - 1) == len(body)


def test_a_registry_that_cuts_again_and_again_is_given_up(registry: Uploads) -> None:
    registry.cuts = [100] * 50
    with pytest.raises(UpstreamError, match="after 4 attempts"):
        upload(registry)


def test_a_session_that_is_lost_is_begun_anew(registry: Uploads) -> None:
    registry.answers = [0, 0, 404]
    assert upload(registry) == len(BODY)
    assert registry.asked.count("POST") == 2
    assert registry.blobs == {str(DIGEST): BODY}


def test_a_registry_that_is_busy_is_asked_again(registry: Uploads) -> None:
    registry.answers = [503, 429]
    upload(registry)
    assert registry.blobs == {str(DIGEST): BODY}


@pytest.mark.parametrize(("status", "todo"), [(403, "skopeo login"), (413, "smaller --part-size"), (405, "read-only")])
def test_a_refusal_is_told_in_the_registrys_words_with_what_to_do(status: int, todo: str, registry: Uploads) -> None:
    registry.answers = [status]
    with pytest.raises(UpstreamError) as caught:
        upload(registry)
    assert "DENIED no" in caught.value.why
    assert todo in caught.value.todo


def test_a_session_at_what_is_no_url_is_refused(registry: Uploads) -> None:
    registry.elsewhere = "http://["
    with pytest.raises(UpstreamError, match="no URL"):
        upload(registry)


def test_content_that_changed_meanwhile_is_told(registry: Uploads) -> None:
    with pytest.raises(VerificationError, match="changed while it was pushed"):
        upload(registry, digest=Digest.sha256(b"other"))
    assert not registry.blobs
