"""Groups that give nothing are told with the reason, as an empty set would look like one that was wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.manifest.model import Platform, Rpms
from airlock_builder.remote.http import HttpClient
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo

COMPS = """<comps>
<group><id>spare</id><packagelist><packagereq type="optional">a</packagereq></packagelist></group>
<group><id>lost</id><packagelist><packagereq>gone</packagereq><packagereq type="default">away</packagereq>
</packagelist></group>
<group><id>bare</id><packagelist/></group>
<group><id>part</id><packagelist><packagereq>a</packagereq><packagereq>gone</packagereq></packagelist></group>
<group><id>with</id><packagelist><packagereq type="conditional" requires="b">b-lang</packagereq></packagelist></group>
<group><id>old</id><packagelist><packagereq>b-old</packagereq></packagelist></group>
<environment><id>office</id><grouplist><groupid>lost</groupid></grouplist></environment>
<environment><id>hall</id><grouplist><groupid>nowhere</groupid></grouplist></environment>
</comps>"""
GONE = "none of its packages is there or may be chosen: away, gone"


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        (
            ["@spare"],
            ["@spare gives nothing: it has no packages but optional ones (a): ask for @spare/optional, or for"],
        ),
        (["@spare/default"], ["@spare/default gives nothing: it has no default (a): ask for @spare/optional, or for"]),
        (["@lost"], [f"@lost gives nothing: {GONE}"]),
        (["@bare", "@lost"], ["@bare gives nothing: it lists no packages", f"@lost gives nothing: {GONE}"]),
        (["@with"], ["@with gives nothing: none of its packages is there or may be chosen: b-lang (with b)"]),
        (["@^office"], [f"@^office gives nothing: {GONE}"]),
        (["@^hall"], ["@^hall gives nothing: no repository has any of its groups"]),
        (["@part"], []),
        (["@spare/optional"], []),
        (["@with", "b"], []),
        (["@old"], []),
    ],
)
def test_a_group_that_gives_nothing_is_told_with_the_reason(
    requests: list[str], expected: list[str], tmp_path: Path
) -> None:
    packages = [Made("a-1-1.x86_64"), Made("b-1-1.x86_64", obsoletes=("b-old",)), Made("b-old-1-1.x86_64")]
    rpms = Rpms(repos=(repo(tmp_path / "r", *packages, Made("b-lang-1-1.noarch"), comps=COMPS),))
    told: list[str] = []
    with HttpClient() as http:
        repositories = reached(http, tmp_path / "cache", rpms)
        platform = Platform(os="rocky", release="8.10")
        closed_set([(None, rpms)], platform, repositories, tmp_path / "cache", requests=requests, note=told.append)
    assert len(told) == len(expected)
    for text, start in zip(sorted(told), expected, strict=True):
        assert text.startswith(f"the command line: {start}")
