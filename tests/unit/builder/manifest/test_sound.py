"""What is made of plain data without pydantic is what pydantic makes of them; what it refuses, nobody makes."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.load import load
from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.sound import sound
from airlock_core.errors import AirlockError
from tests import soak
from tests.unit.builder.manifest.writing import HEAD, write

ROOT = Path(__file__).parents[4]
EVERYTHING: dict[str, Any] = {
    "apiVersion": "airlock/v1",
    "kind": "Release",
    "metadata": {"name": "all", "version": "1.0", "number": 1},
    "platform": {"os": "rocky", "release": "8.10"},
    "vars": {"mirror": "http://m.test"},
    "base": {"iso": "http://m.test/base.iso", "checksums": "http://m.test/CHECKSUM", "key": "/k"},
    "rpms": {
        "repos": [
            {"id": "a", "baseurl": "http://m.test/a", "priority": 10,
             "proxy": {"url": "http://p:1", "username_env": "U", "password_env": "P"}},
            {"id": "b", "mirrorlist": "http://m.test/l", "proxy": "none", "auth": {"bearer": {"token_env": "T"}},
             "gpgkey": ["/k"], "repo_gpgcheck": True, "cost": 0},
            {"id": "c", "base_iso": "BaseOS", "exclude": ["x*"]},
            {"id": "d", "baseurl": ["http://m.test/d", "file:///d"], "client_cert": "/c", "client_key": "/k"},
        ],
        "packages": ["one", {"name": "two", "option": "more"}],
        "modules": {"enable": ["a:1"], "disable": ["b"], "obsoletes": False},
        "unsigned": [{"name": "one", "reason": "so"}],
    },
    "images": {
        "refs": ["nginx:1"],
        "platforms": ["linux/amd64", "linux/arm64/v8"],
        "archives": ["/z.tgz", {"archive": "/v", "name": "a:1"}],
        "registries": [{"prefix": "m.test/x", "mirrors": ["n.test"]}],
        "waivers": [{"image": "a", "reason": "b"}],
    },
    "charts": [
        {"name": "x", "repository": "http://m.test/c", "version": "^1", "keyring": ["/k"], "values": ["/v"]},
        {"oci": "oci://m.test/y", "version": "2"},
        {"folder": "/charts/z"},
        {"archive": "/z.tgz"},
    ],
    "files": {"urls": [{"url": "http://m.test/f", "checksums": "http://m.test/s", "key": ["/k", "/l"]}]},
    "python": {"requirements": "/r.txt", "version": "3.11"},
    "collections": [{"name": "a.b", "version": ">=1,<2"}, {"url": "http://m.test/c.tgz"}, {"archive": "/d.tgz"}],
    "playbooks": [{"name": "p", "url": "http://m.test/p.tgz", "python": "3.9"}],
    "kickstart": {"values": {"text": "a", "number": 3, "truth": True, "list": ["b", "c"]}},
    "options": {"more": {"images": {"refs": ["b:2"]}}},
    "locks": "/locks",
}  # fmt: skip
ODD: tuple[Any, ...] = ("", "x", "http://m.test/a\n", "1", 0, -1, 100, 1.5, True, None, [], [1], ["x"], {})

SEED = 23


def everywhere(plain: Any) -> Iterator[Any]:
    """The same data with each value in it in turn left out, doubled, renamed, or another."""
    yield from ODD
    if isinstance(plain, dict):
        for key, value in plain.items():
            rest = {other: one for other, one in plain.items() if other != key}
            yield rest
            yield {**rest, f"{key}_": value}
            yield from ({**rest, key: other} for other in everywhere(value))
    if isinstance(plain, list):
        yield [*plain, *plain]
        for number, value in enumerate(plain):
            yield from ([*plain[:number], other, *plain[number + 1 :]] for other in everywhere(value))


def test_a_manifest_of_everything_needs_no_judge() -> None:
    assert sound(Manifest, EVERYTHING) == checked(Manifest, EVERYTHING)


def test_with_any_value_changed_it_is_what_pydantic_says_or_in_doubt() -> None:
    sure = wrong = 0
    changed = list(everywhere(EVERYTHING))
    for plain in random.Random(SEED).sample(changed, soak.cases(500, len(changed))):
        made = sound(Manifest, plain)
        try:
            expected = checked(Manifest, plain)
        except ValidationError:
            wrong += 1
            assert made is None, plain
            continue
        if made is not None:
            sure += 1
            assert (made, repr(made)) == (expected, repr(expected)), plain
    assert sure > 20
    assert wrong > 100


@pytest.mark.parametrize("path", sorted(ROOT.glob("manifests/*.yaml")), ids=lambda path: path.name)
def test_shipped_manifests_load_without_pydantic(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from airlock_builder.manifest.load import load;"
        f"load(Path({str(path)!r})); sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_faulty_manifest_is_explained(tmp_path: Path) -> None:
    with pytest.raises(AirlockError, match="unknown key 'extra'"):
        load(write(tmp_path / "m.yaml", "extra: 1\n", head=HEAD))
