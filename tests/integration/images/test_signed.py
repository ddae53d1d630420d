"""Images that must be signed are refused without a good signature when they are locked."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.integration.images.vendor import HOST, Vendor, as_list
from tests.integration.images.written import Archives
from tests.standin.images import attach

pytestmark = [pytest.mark.integration, pytest.mark.long]

WEB = f"{HOST}/demo/web"


def by(vendor: Vendor, *keys: Any, image: str = "vendor.test/*") -> dict[str, Any]:
    """A rule with public keys in files beside the manifest."""
    names = [f"key{number}.pub" for number in range(len(keys))]
    for name, key in zip(names, keys, strict=True):
        attach.write_public(key, vendor.airlock.folder / name)
    return {"signed": [{"image": image, "keys": names}]}


def test_a_signature_that_must_be_there_is_carried_and_one_that_lacks_is_refused(vendor: Vendor) -> None:
    ran = vendor.lock(signed=[{"image": "vendor.test/*"}], expect=4)
    assert f"{WEB}@" in ran.err
    assert "has no signature" in ran.err
    assert "images.signed[0] wants one" in ran.err
    web = vendor.repository("demo/web")
    signature = web.sign(web.digest("1.0"), attach.key())
    vendor.lock(signed=[{"image": "vendor.test/*"}])
    assert set(vendor.attached()) == {signature}


@pytest.mark.parametrize("key", [attach.key, ed25519.Ed25519PrivateKey.generate])
def test_a_good_signature_by_one_of_the_keys_will_do(vendor: Vendor, key: Any) -> None:
    ours, other = key(), attach.key()
    web = vendor.repository("demo/web")
    web.sign(web.digest("1.0"), other, ours)
    vendor.lock(**by(vendor, attach.key(), ours))
    (found,) = vendor.attached().values()
    assert found.attachment is not None
    assert len(found.attachment.signer) == 64
    assert f"good by the key {found.attachment.signer}" in vendor.airlock("inspect", "locks/release").out


def test_a_signature_that_refers_to_the_image_is_held_against_the_key_too(vendor: Vendor) -> None:
    """As cosign writes it in its mode for OCI 1.1."""
    key, web = attach.key(), vendor.repository("demo/web")
    image = web.digest("1.0")
    data = attach.payload(image)
    notes = {"dev.cosignproject.cosign/signature": attach.signature(key, data)}
    more = {"artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json", "subject": web.descriptor(image)}
    digest = web.push([(attach.SIMPLE_SIGNING, data, notes)], config=(attach.EMPTY, b"{}"), more=more)
    web.list(image, [web.descriptor(digest)])
    vendor.lock(**by(vendor, key))
    assert set(vendor.attached()) == {digest}


def test_the_signature_of_the_index_that_an_image_was_taken_from_will_do(vendor: Vendor) -> None:
    key, tool = attach.key(), vendor.repository("demo/tool")
    tool.sign(tool.digest("1.0"), key)
    vendor.lock(refs=("demo/tool:1.0",), **by(vendor, key))


@pytest.mark.parametrize("key", [attach.key, ed25519.Ed25519PrivateKey.generate])
def test_a_bundle_with_a_statement_by_one_of_the_keys_will_do(vendor: Vendor, key: Any) -> None:
    """As cosign signs with a key since its version 3."""
    ours, web = key(), vendor.repository("demo/web")
    digest = web.sign_bundle(web.digest("1.0"), ours)
    vendor.lock(**by(vendor, attach.key(), ours))
    (found,) = vendor.attached().values()
    assert found.attachment is not None
    assert (str(found.digest), len(found.attachment.signer)) == (digest, 64)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"secret": attach.key()}, "made by none of these keys"),
        ({"signed": b"something else"}, "made by none of these keys"),
        ({"digest": f"sha256:{'0' * 64}"}, f"made for another image: {{'sha256': '{'0' * 64}'}}"),
        ({"predicate": "https://slsa.dev/provenance/v1"}, "made for something else: https://slsa.dev/provenance/v1"),
        ({"payload_type": "text/plain"}, "a bundle of something else than a statement: text/plain"),
        ({"secret": attach.key(), "keyless": True}, "made keyless, with a certificate of an authority (Fulcio)"),
    ],
)
def test_a_bundle_that_proves_nothing_is_refused_with_its_reason(
    vendor: Vendor, changed: dict[str, Any], why: str
) -> None:
    key, web = attach.key(), vendor.repository("demo/web")
    image = web.digest("1.0")
    data = attach.bundle(**{"digest": image, "secret": key, **changed})
    notes = {"dev.sigstore.bundle.predicateType": attach.SIGNS}
    more = {"artifactType": attach.BUNDLE, "subject": web.descriptor(image), "annotations": notes}
    digest = web.push([(attach.BUNDLE, data, {})], config=(attach.EMPTY, b"{}"), more=more)
    web.list(image, [web.descriptor(digest)])
    ran = vendor.lock(**by(vendor, key), expect=4)
    assert f"{digest}: {why}" in ran.err


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"verificationMaterial": {}, "dsseEnvelope": {"payload": "?"}}'])
def test_what_is_no_bundle_is_refused_as_such(vendor: Vendor, data: bytes) -> None:
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    notes = {"dev.sigstore.bundle.content": "message-signature"}
    more = {"artifactType": attach.BUNDLE, "subject": web.descriptor(image), "annotations": notes}
    digest = web.push([(attach.BUNDLE, data, {})], config=(attach.EMPTY, b"{}"), more=more)
    web.list(image, [web.descriptor(digest)])
    assert "has no good signature" in vendor.lock(**by(vendor, attach.key()), expect=4).err


def test_a_keyless_signature_is_named_as_such(vendor: Vendor) -> None:
    """As cosign made it before its version 3: the certificate stands beside the signature."""
    web = vendor.repository("demo/web")
    image = web.digest("1.0")
    data, key = attach.payload(image), attach.key()
    notes = {
        "dev.cosignproject.cosign/signature": attach.signature(key, data),
        "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----",
    }
    web.push([(attach.SIMPLE_SIGNING, data, notes)], tag=f"{as_list(image)}.sig", config=(attach.EMPTY, b"{}"))
    ran = vendor.lock(**by(vendor, attach.key()), expect=4)
    assert f"{as_list(image)}.sig: made keyless, with a certificate" in ran.err


def test_where_no_keys_are_given_it_is_said_that_nobody_verified_a_signature(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    web.refer(web.digest("1.0"), "application/vnd.cncf.notary.signature", b"jws")
    ran = vendor.lock(signed=[{"image": "vendor.test/*"}])
    assert "images.signed[0] gives no keys: that signatures are there is looked at, and not who made them" in ran.err
    assert "not verified" in vendor.airlock("inspect", "locks/release").out


@pytest.mark.parametrize(
    ("signed", "why"),
    [
        ("another", "made by none of these keys"),
        ("payload", "made for another image: sha256:0000"),
        ("kind", "made for something else: a letter"),
        ("nonsense", "its payload is no simple signing"),
        ("long", "its payload has 1048577 bytes: not read"),
        ("refers", "of a kind that no key is held against: application/vnd.cncf.notary.signature"),
    ],
)
def test_a_bad_signature_is_refused_with_its_reason_whatever_excuses_there_are(
    vendor: Vendor, signed: str, why: str
) -> None:
    key, web = attach.key(), vendor.repository("demo/web")
    image = web.digest("1.0")
    payloads = {
        "payload": attach.payload(f"sha256:{'0' * 64}"),
        "kind": attach.payload(image, "a letter"),
        "nonsense": b"[]",
        "long": b" " * (1 << 20) + b"x",
    }
    if signed == "refers":
        web.refer(image, "application/vnd.cncf.notary.signature", b"jws")
    else:
        web.sign(image, attach.key() if signed == "another" else key, signed=payloads.get(signed, b""))
    excuse = [{"image": WEB, "reason": "it is late"}]
    ran = vendor.lock(**by(vendor, key), unsigned=excuse, expect=4)
    assert "has no good signature" in ran.err
    assert "images.signed[0] wants one by key0.pub" in ran.err
    assert why in ran.err


def test_an_image_that_nobody_signs_is_excused_with_a_reason_that_the_lock_has(vendor: Vendor) -> None:
    excuse = [{"image": "vendor.test/demo/w*", "reason": "they never did"}]
    vendor.lock(signed=[{"image": "*"}], unsigned=excuse)
    (image,) = vendor.locked
    assert image.unsigned == "they never did"
    assert "(taken unsigned: they never did)" in vendor.airlock("inspect", "locks/release").out


def test_rules_are_for_images_by_name_and_tag(vendor: Vendor) -> None:
    vendor.lock(signed=[{"image": f"{WEB}:2.*"}, {"image": "other.test/*"}])
    vendor.lock(signed=[{"image": f"{WEB}:1.*"}], expect=4)


def test_what_stays_is_not_asked_for_again_and_a_new_key_is_held_against_it(vendor: Vendor) -> None:
    key, web = attach.key(), vendor.repository("demo/web")
    web.sign(web.digest("1.0"), key)
    refs = ("demo/web:1.0", "demo/api:1.0")
    vendor.lock(refs=refs, **by(vendor, key, image=f"{WEB}*"))
    ran = vendor.lock("--update", "demo/api", refs=refs, **by(vendor, attach.key(), image=f"{WEB}*"), expect=4)
    assert "made by none of these keys" in ran.err


def test_a_file_that_holds_no_such_key_is_named(vendor: Vendor) -> None:
    rule = by(vendor, rsa.generate_private_key(65537, 2048))
    ran = vendor.lock(**rule, expect=3)
    assert "key0.pub: holds a key of another kind" in ran.err
    (vendor.airlock.folder / "key0.pub").write_text("nothing")
    assert "key0.pub: holds no public key" in vendor.lock(**rule, expect=3).err
    assert "key0.pub" in vendor.airlock("lint", "-m", "release.yaml", expect=3).err


def test_an_image_of_an_archive_has_no_signature(vendor: Vendor, archives: Archives) -> None:
    (vendor.airlock.folder / "driver.tar").write_bytes(archives.plain["docker"])
    ran = vendor.lock(refs=(), archives=["driver.tar"], signed=[{"image": "*"}], expect=4)
    assert "has no signature" in ran.err


def test_the_lock_names_the_tag_by_which_cosign_finds_it(vendor: Vendor) -> None:
    web = vendor.repository("demo/web")
    web.sign(web.digest("1.0"), attach.key())
    vendor.lock(signed=[{"image": "*"}])
    (found,) = vendor.attached().values()
    assert found.site_name == f"demo/web:{as_list(web.digest('1.0'))}.sig"
