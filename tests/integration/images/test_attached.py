"""What is attached to images upstream is locked, fetched and carried as the manifest asks; from real registries."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.images.vendor import HOST, Vendor, as_list
from tests.standin.images import attach
from tests.standin.images.attach import BUNDLE
from tests.standin.images.layout import INDEX, MANIFEST
from tests.standin.images.push import put_manifest
from tests.standin.images.referrers import Referrers
from tests.standin.upstream.server import serve
from tests.standin.upstream.upstream import mirror_args

pytestmark = [pytest.mark.integration, pytest.mark.long]

SPDX = "application/spdx+json"
NOTATION = "application/vnd.cncf.notary.signature"
PREDICATE = "dev.sigstore.bundle.predicateType"


def test_nothing_is_asked_for_where_the_manifest_wants_nothing(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    web.sign(web.digest("1.0"), attach.key())
    vendor.lock()
    assert [(image.tag, image.sought) for image in vendor.locked] == [("1.0", ())]


def test_cosign_tags_are_carried_by_kind(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    signature = web.sign(image, attach.key())
    attestation = web.attach(image, "att", b'{"payloadType":"application/vnd.in-toto+json"}')
    web.attach(image, "sbom", b'{"spdxVersion":"SPDX-2.3"}', "text/spdx+json")
    vendor.lock(attached=["signatures", "attestations"])
    found = {one.attachment.kind: (digest, one.tag) for digest, one in vendor.attached().items() if one.attachment}
    assert found == {
        "signature": (signature, f"{as_list(image)}.sig"),
        "attestation": (attestation, f"{as_list(image)}.att"),
    }
    assert vendor.lists() == {}


def test_what_refers_to_an_image_is_found_by_the_tag_that_stands_for_the_api(vendor: Vendor) -> None:
    """The CNCF registry of version 2 has no referrers API; cosign leaves annotations out of the list."""
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    signs = {PREDICATE: "https://sigstore.dev/cosign/sign/v1"}
    bundle = web.refer(image, BUNDLE, b"bundle", signs)
    web.refer(image, BUNDLE, b"provenance", {PREDICATE: "https://slsa.dev/provenance/v1"})
    web.refer(image, SPDX, b"sbom")
    vendor.lock(attached=["signatures"])
    (found,) = vendor.attached().values()
    assert str(found.digest) == bundle
    assert found.attachment is not None
    assert (found.attachment.kind, found.attachment.way, str(found.attachment.subject)) == (
        "signature",
        "referrers-tag",
        image,
    )
    (made,) = vendor.lists().values()
    assert made.tag == as_list(image)
    raw = (vendor.airlock.store / "blobs/sha256" / made.digest.hex).read_bytes()
    (entry,) = json.loads(raw)["manifests"]
    assert (entry["digest"], entry["artifactType"], entry["annotations"]) == (bundle, BUNDLE, signs)


def test_an_artifact_of_an_artifact_is_carried_too(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    sbom = web.refer(image, SPDX, b"sbom")
    signature = web.refer(sbom, NOTATION, b"signature of the sbom")
    vendor.lock(attached=["all"])
    assert set(vendor.attached()) == {sbom, signature}
    assert set(vendor.lists()) == {as_list(image), as_list(sbom)}


def test_platforms_and_the_index_that_one_was_taken_from_are_looked_at(vendor: Vendor) -> None:
    tool = vendor.repository("demo/tool")
    index = tool.digest("1.0")
    amd64, arm64 = (one["digest"] for one in json.loads(tool.get("1.0"))["manifests"])
    of_index, of_amd64, of_arm64 = (tool.sign(digest, attach.key()) for digest in (index, amd64, arm64))
    vendor.lock(refs=("demo/tool:1.0",), attached=["signatures"])
    assert set(vendor.attached()) == {of_index, of_amd64}
    platforms = ["linux/amd64", "linux/arm64"]
    vendor.lock(refs=("demo/tool:1.0",), attached=["signatures"], platforms=platforms)
    assert set(vendor.attached()) == {of_index, of_amd64, of_arm64}


def test_attestations_in_the_index_itself_are_carried(vendor: Vendor) -> None:
    """As BuildKit leaves them."""
    tool = vendor.repository("demo/tool")
    entries = json.loads(tool.get("1.0"))["manifests"]
    amd64 = entries[0]["digest"]
    provenance = tool.push(
        [("application/vnd.in-toto+json", b"{}", {})], config=("application/vnd.oci.image.config.v1+json", b"{}")
    )
    notes = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": amd64}
    size = len(tool.get(provenance))
    platform = {"architecture": "unknown", "os": "unknown"}
    beside = {
        "mediaType": MANIFEST,
        "digest": provenance,
        "size": size,
        "annotations": notes,
        "platform": platform,
    }
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*entries, beside]}
    put_manifest(vendor.address, "demo/tool", "2.0", json.dumps(index).encode(), INDEX)
    vendor.lock(refs=("demo/tool:2.0",), attached=["attestations"])
    (found,) = vendor.attached().values()
    assert found.attachment is not None
    assert (str(found.digest), str(found.attachment.subject), found.attachment.way) == (
        provenance,
        amd64,
        "image-index",
    )


@pytest.mark.parametrize("filters", [True, False])
def test_the_referrers_api_is_read_page_by_page_and_by_type(vendor: Vendor, filters: bool) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    api = Referrers(vendor.address, page=2, filters=filters)
    wanted = set()
    for number in range(5):
        for kind in (SPDX, NOTATION):
            digest = web.refer(image, kind, f"{kind} {number}".encode(), listed=False)
            api.entries[image].append(
                {"mediaType": MANIFEST, "digest": digest, "size": len(web.get(digest)), "artifactType": kind}
            )
            wanted |= {digest} if kind == SPDX else set()
    with serve(api.answer) as server:
        airlock = replace(vendor.airlock, mirrors=tuple(mirror_args({HOST: server.address})))
        replace(vendor, airlock=airlock).lock(attached=[SPDX])
    assert set(vendor.attached()) == wanted
    assert {one.attachment.way for one in vendor.attached().values() if one.attachment} == {"referrers-api"}
    pages = [one for one in api.asked if f"/{image}" in one]
    assert len(pages) == (3 if filters else 5)
    assert all("artifactType=application%2Fspdx%2Bjson" in one for one in pages[:1])
    assert not vendor.lists()[as_list(image)].platforms


def test_all_of_it_is_in_the_store_after_fetch_from_another_machine(vendor: Vendor, tmp_path: Path) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    web.sign(image, attach.key())
    web.refer(image, SPDX, b"sbom")
    vendor.lock(attached=["all"])
    other = replace(vendor.airlock, store=tmp_path / "other")
    other("fetch", "-m", "release.yaml")
    for one in vendor.locked:
        data = json.loads((other.store / "blobs/sha256" / one.digest.hex).read_bytes())
        for child in (*data.get("layers", ()), *data.get("manifests", ())):
            assert (other.store / "blobs/sha256" / child["digest"].partition(":")[2]).is_file()
    other("fetch", "-m", "release.yaml", "--offline")


def test_what_moved_stays_unless_it_or_its_image_is_named(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    first = web.sign(image, attach.key())
    vendor.lock(attached=["signatures"], refs=("demo/web:1.0", "demo/api:1.0"))
    second = web.sign(image, attach.key())
    web.refer(image, NOTATION, b"new")
    asked: dict[str, Any] = {"attached": ["signatures"], "refs": ("demo/web:1.0", "demo/api:1.0")}
    vendor.lock("--update", "demo/api", **asked)
    assert set(vendor.attached()) == {first}
    vendor.lock("--update", "*.sig", **asked)
    assert set(vendor.attached()) == {second}
    ran = vendor.lock("--update", "demo/web", **asked)
    assert second in vendor.attached()
    assert len(vendor.attached()) == 2
    assert "signature of vendor.test/demo/web" in ran.out
    assert vendor.airlock("lock", "--check", "-m", "release.yaml").status == 0


def test_what_is_asked_for_anew_is_looked_for_and_the_rest_stays(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    first = web.sign(image, attach.key())
    vendor.lock(attached=["signatures"], refs=("demo/web:1.0", "demo/api:1.0"))
    web.sign(image, attach.key())
    sbom = web.attach(image, "sbom", b"{}")
    vendor.lock("--update", "demo/api", attached=["signatures", "sboms"], refs=("demo/web:1.0", "demo/api:1.0"))
    assert set(vendor.attached()) == {first, sbom}


def test_what_was_taken_away_upstream_stays_as_it_is_locked(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    signature = web.sign(image, attach.key())
    sbom = web.refer(image, SPDX, b"sbom")
    vendor.lock(attached=["all"])
    before = vendor.locked
    web.delete(signature)
    web.list(image, [], fresh=True)
    ran = vendor.lock(attached=["all"])
    assert vendor.locked == before
    assert f"the sbom {sbom} is there no more: it stays as it is locked" in ran.err + ran.out
    assert f"the signature {as_list(image)}.sig is there no more" in ran.err + ran.out


def test_what_is_no_longer_wanted_goes(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    web.sign(web.digest("1.0"), attach.key())
    vendor.lock(attached=["all"])
    ran = vendor.lock()
    assert vendor.attached() == {}
    assert "the manifest no longer asks for its kind" in ran.out + ran.err


def test_why_says_whose_signature_it_is(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    signature = web.sign(image, attach.key())
    vendor.lock(attached=["signatures"])
    for name in (f"demo/web:{as_list(image)}.sig", signature):
        ran = vendor.airlock("why", name, "-m", "release.yaml")
        assert f"signature of {HOST}/demo/web:1.0" in ran.out
        assert "release.yaml: images.refs[0]" in ran.out
        assert signature in ran.out
