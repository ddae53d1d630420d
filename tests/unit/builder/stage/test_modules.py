from typing import Any

import pytest
import yaml

from airlock_builder.stage import modules
from airlock_core.errors import VerificationError


def document(name: str, stream: str, version: int = 1) -> str:
    return (
        f"---\ndocument: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: {stream}\n  version: {version}\n"
        "  context: 01234567\n  arch: x86_64\n  profiles:\n    common:\n      rpms: [x]\n    minimal: {}\n...\n"
    )


DEFAULTS = "---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: nginx\n  stream: '1.14'\n...\n"
ALL = document("nginx", "1.14") + document("nginx", "2.10") + document("perl", "5.26") + DEFAULTS


def restricted(*streams: str) -> list[dict[str, Any]]:
    raw = modules.restricted([("http://h/modules.yaml", ALL.encode())], streams)
    return list(yaml.load_all(raw, yaml.BaseLoader))


def test_a_carried_stream_is_the_only_one_and_the_default() -> None:
    found, default = restricted("nginx:2.10:1:01234567:x86_64")
    assert found["data"]["stream"] == "2.10"
    assert default["data"] == {"module": "nginx", "stream": "2.10", "profiles": {"2.10": ["common"]}}


def test_of_two_streams_none_is_the_default() -> None:
    found = restricted("nginx:2.10:1:01234567:x86_64", "nginx:1.14:1:01234567:x86_64")
    assert found[-1]["data"] == {"module": "nginx"}


def test_without_modular_packages_there_is_no_document() -> None:
    assert restricted() == []


def test_a_locked_stream_that_nothing_describes_is_named() -> None:
    with pytest.raises(VerificationError) as caught:
        restricted("nginx:9:1:01234567:x86_64")
    assert caught.value.where == "nginx:9:1:01234567:x86_64"


@pytest.mark.parametrize("raw", [b"\xff", b"---\na: [\n"])
def test_what_is_no_yaml_is_refused(raw: bytes) -> None:
    with pytest.raises(VerificationError):
        modules.restricted([("u", raw)], ["a:b:c:d:e"])
