import json

import pytest

from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.release import Release

RELEASE = Release(
    name="burrito",
    version="1.4.4",
    number=12,
    os="rocky",
    os_release="8.10",
    arch="x86_64",
    label="BURRITO-1_4_4",
    epoch=1704067200,
    manifest=Digest.sha256(b"m"),
    locks={"rpms.lock": Digest.sha256(b"r")},
    options=("netapp",),
    counts={"rpms": 3},
)


def test_what_is_written_is_read_back() -> None:
    assert Release.loads(RELEASE.dumps(), where="r") == RELEASE


def test_the_text_is_stable() -> None:
    assert RELEASE.dumps() == Release.loads(RELEASE.dumps(), where="r").dumps()
    assert RELEASE.dumps().endswith("}\n")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": "airlock/release/v2"}', "\udcff", "[" * 10])
def test_another_format_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Release.loads(text, where="r")


@pytest.mark.parametrize("key", ["name", "number", "platform", "manifest", "locks", "label", "epoch"])
def test_a_missing_key_is_refused(key: str) -> None:
    data = json.loads(RELEASE.dumps())
    del data[key]
    with pytest.raises(InputError):
        Release.loads(json.dumps(data), where="r")


@pytest.mark.parametrize("key", ["platform", "locks", "counts", "options", "number"])
def test_a_value_of_another_type_is_refused(key: str) -> None:
    data = {**json.loads(RELEASE.dumps()), key: 1 if key != "number" else []}
    with pytest.raises(InputError):
        Release.loads(json.dumps(data), where="r")
