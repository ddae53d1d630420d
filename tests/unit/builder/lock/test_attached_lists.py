"""The lists of what refers to images, among options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airlock_builder.lock.attached.lists import with_lists
from airlock_builder.remote.attachments import Attachments
from airlock_builder.store import Store
from airlock_core.attached import referrers_tag
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef
from airlock_core.locks import Attachment, LockedImage
from airlock_core.oci import OCI_MANIFEST
from tests.registries import registries

SUBJECT = Digest.sha256(b"image")
NOBODY = Attachments(registries(offline=True))


def member(store: Store, text: str, *options: str, way: str = "referrers-api") -> LockedImage:
    """An artifact whose manifest is in the store."""
    config = {"mediaType": "application/spdx+json", "digest": str(SUBJECT), "size": 1}
    raw = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [], "annotations": {"is": text}}
    ref = ImageRef.parse("vendor.test/web").at(store.add(json.dumps(raw).encode()))
    return LockedImage(ref, None, (), 1, options, attachment=Attachment("sbom", SUBJECT, (SUBJECT,), way))


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [(("a",), ("b",), ("a", "b")), (("a",), (), ()), ((), (), ())],
)
def test_what_one_list_names_is_carried_for_the_same_options(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...], together: tuple[str, ...]
) -> None:
    store = Store(tmp_path)
    found = with_lists([member(store, "1", *first), member(store, "2", *second)], store, NOBODY)
    assert [one.options for one in found] == [together] * 3
    assert found[-1].tag == referrers_tag(SUBJECT)
    listed = json.loads(store.read(found[-1].digest))["manifests"]
    assert {entry["digest"] for entry in listed} == {str(one.digest) for one in found[:2]}


def test_what_has_a_tag_of_its_own_is_in_no_list(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one = member(store, "1", way="cosign-tag")
    assert with_lists([one], store, NOBODY) == [one]
