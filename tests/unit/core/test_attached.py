"""What is attached to images, told apart and listed."""

from __future__ import annotations

import json

import pytest

from airlock_core.attached import Artifact, artifact, beside, cosign_tag, kind_of, listing
from airlock_core.digest import Digest
from airlock_core.errors import Faults, InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import Attachment, ImagesLock, LockedImage
from airlock_core.oci import OCI_MANIFEST

DIGEST = Digest.sha256(b"image")
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


@pytest.mark.parametrize(
    ("artifact_type", "annotations", "kind"),
    [
        ("application/vnd.dev.cosign.artifact.sig.v1+json", {}, "signature"),
        ("application/vnd.cncf.notary.signature", {}, "signature"),
        (BUNDLE, {"dev.sigstore.bundle.content": "message-signature"}, "signature"),
        (BUNDLE, {"dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1"}, "signature"),
        (BUNDLE, {"dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1"}, "attestation"),
        (BUNDLE, {}, "attestation"),
        ("application/vnd.in-toto+json", {}, "attestation"),
        ("application/spdx+json", {}, "sbom"),
        ("application/vnd.cyclonedx+json", {}, "sbom"),
        ("application/vnd.lab.report", {}, "application/vnd.lab.report"),
    ],
)
def test_artifacts_are_told_apart_by_type(artifact_type: str, annotations: dict[str, str], kind: str) -> None:
    assert kind_of(artifact_type, annotations) == kind


def test_an_artifact_without_a_type_is_of_the_type_of_its_configuration() -> None:
    config = {"mediaType": "application/vnd.lab.report", "digest": str(DIGEST), "size": 1}
    raw = json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": []}).encode()
    assert artifact(raw, where="x").artifact_type == "application/vnd.lab.report"


def test_a_list_is_the_same_in_whatever_order_artifacts_were_found() -> None:
    some = [Artifact(Digest.sha256(bytes([n])), n, OCI_MANIFEST, "a/b", {"k": str(n)} if n else {}) for n in range(3)]
    raw = listing(some)
    assert raw == listing([*reversed(some), some[0]])
    entries = json.loads(raw)["manifests"]
    assert [entry["digest"] for entry in entries] == sorted(str(one.digest) for one in some)


def test_the_attestations_of_other_platforms_are_not_taken_from_an_index() -> None:
    def about(digest: Digest, number: int) -> dict[str, object]:
        kind = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": str(digest)}
        return {"digest": str(Digest.sha256(bytes([number]))), "annotations": kind}

    raw = json.dumps({"manifests": [about(DIGEST, 1), about(Digest.sha256(b"other"), 2), {"digest": "x"}]}).encode()
    assert list(beside(raw, [DIGEST])) == [(Digest.sha256(b"\1"), DIGEST)]


def test_what_is_attached_is_read_back_from_the_lock_as_it_was_written() -> None:
    ref = ImageRef.parse("vendor.test/web")
    attachment = Attachment(
        "signature", DIGEST, tuple(sorted((DIGEST, Digest.sha256(b"b")))), "cosign-tag", "a/b", "f" * 64
    )
    signature = LockedImage(ref.at(Digest.sha256(b"s")), cosign_tag(DIGEST, "signature"), (), 7, attachment=attachment)
    image = LockedImage(ref.at(DIGEST), "1", ("linux/amd64",), 9, sought=("signatures",), unsigned="they never did")
    lock = ImagesLock((image, signature))
    again = ImagesLock.from_data(lock.to_data())
    assert sorted(again.images, key=str) == sorted(lock.images, key=str)


def test_an_artifact_without_its_subject_is_a_fault_of_the_lock() -> None:
    entry = {"image": f"vendor.test/web@{DIGEST}", "annotations": {"airlock.io/attached": "sbom"}}
    data = {"apiVersion": "imgpkg.carvel.dev/v1alpha1", "kind": "ImagesLock", "images": [entry]}
    with pytest.raises((InputError, Faults), match=r"airlock.io/attached without its airlock.io/subject"):
        ImagesLock.from_data(data)
