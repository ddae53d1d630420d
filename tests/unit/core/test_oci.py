"""Manifests of images that are none, or of kinds that nobody reads any more, are refused by name."""

from __future__ import annotations

import json

import pytest

from airlock_core import oci
from airlock_core.errors import VerificationError


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"schemaVersion": 1, "fsLayers": [], "history": []}, "an image manifest of Docker's old kind (schema 1)"),
        ({"schemaVersion": 2, "layers": []}, "there is no 'config'"),
        ({"schemaVersion": 2, "mediaType": "text/html"}, "an image manifest of an unknown kind: 'text/html'"),
        ([], "not an image manifest"),
    ],
)
def test_what_is_no_manifest_of_today_is_refused_with_the_reason(document: object, told: str) -> None:
    with pytest.raises(VerificationError) as caught:
        oci.parse(json.dumps(document).encode(), where="registry.test/old:1")
    assert told in str(caught.value)
    assert str(caught.value).startswith("registry.test/old:1: ")
