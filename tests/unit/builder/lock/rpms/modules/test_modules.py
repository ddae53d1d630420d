"""Module metadata, and which streams are active; where dnf was asked the same, test_modules_as_dnf has it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airlock_builder.lock.rpms.modules import modulemd, streams
from airlock_builder.lock.rpms.modules.index import ModuleIndex
from airlock_builder.lock.rpms.modules.streams import Active, Wish, Wishes
from airlock_core.errors import AirlockError, VerificationError
from tests.unit.builder.lock.rpms.modules.documents import default, obsoletes, stream

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def index(*repositories: str) -> ModuleIndex:
    return ModuleIndex.merge(modulemd.parse(text.encode(), where="http://x/modules.yaml") for text in repositories)


def solved(
    found: ModuleIndex,
    enable: tuple[str, ...] = (),
    disable: tuple[str, ...] = (),
    asked: tuple[str, ...] = (),
    obsolete: datetime | None = None,
) -> Active:
    wishes = Wishes(
        enable=tuple(Wish(text, f"enable[{at}]") for at, text in enumerate(enable)),
        asked=tuple(Wish(text, f"packages[{at}]") for at, text in enumerate(asked)),
        disable=tuple(Wish(text, f"disable[{at}]") for at, text in enumerate(disable)),
        obsoletes=obsolete,
    )
    return streams.activate(found, wishes, major=8, arch="x86_64")


def active(
    found: ModuleIndex, enable: tuple[str, ...] = (), disable: tuple[str, ...] = (), asked: tuple[str, ...] = ()
) -> list[str]:
    return sorted(f"{one.spec}:{one.version}:{one.context}" for one in solved(found, enable, disable, asked).streams)


def test_a_stream_is_a_text_even_where_it_looks_like_a_number() -> None:
    (found,) = index(stream("go", "1.10")).streams
    assert (found.stream, found.profiles) == ("1.10", {"common": ("go",)})


def test_a_document_of_version_1_is_read_too_and_those_for_builders_and_translators_are_not() -> None:
    old = """---
document: modulemd
version: 1
data: {name: old, stream: "1", version: 3, dependencies: {requires: {platform: el8}, buildrequires: {x: y}}}
---
document: modulemd-packager
version: 2
data: {name: pack, stream: "1"}
---
document: modulemd-translations
version: 1
data: {module: old, stream: "1", modified: 1, translations: {}}
...
"""
    (found,) = index(old).streams
    assert (str(found), found.requires) == ("old:1:3::", (("platform", ("el8",)),))


def test_default_streams_are_active_and_no_others() -> None:
    text = stream("perl", "5.26") + stream("perl", "5.30") + stream("php", "7.2") + default("perl", "5.26")
    assert active(index(text)) == ["perl:5.26:1:c1"]


def test_an_enabled_stream_takes_the_place_of_the_default_one_and_a_disabled_module_has_none() -> None:
    found = index(stream("perl", "5.26") + stream("perl", "5.30") + default("perl", "5.26"))
    assert active(found, ("perl:5.30",)) == ["perl:5.30:1:c1"]
    assert active(found, (), ("perl",)) == active(found, (), ("perl:5.30",)) == []


def test_the_context_that_fits_is_taken_with_all_its_versions() -> None:
    found = index(
        stream("dbi", "1", "perl: ['5.26']", context="a")
        + stream("dbi", "1", "perl: ['5.30']", context="b")
        + stream("dbi", "1", "perl: ['5.30']", context="c", version=2)
        + stream("perl", "5.26")
        + stream("perl", "5.30")
    )
    assert active(found, ("dbi:1", "perl:5.30")) == ["dbi:1:1:b", "dbi:1:2:c", "perl:5.30:1:c1"]
    chosen = solved(found, ("dbi:1", "perl:5.30"))
    newest = chosen.of("dbi")
    assert str(newest) == "dbi:1:2:c:x86_64"


def test_contexts_that_were_given_by_hand_are_apart_even_where_they_require_the_same() -> None:
    hand = "static_context: true"
    found = index(stream("n", "1", context="a", more=hand) + stream("n", "1", context="b", version=2, more=hand))
    assert len(active(found, ("n:1",))) == 1


def test_an_older_version_is_taken_where_the_newest_lacks_what_it_requires() -> None:
    text = stream("n", "1", "lost: ['1']", version=2) + stream("n", "1") + default("n", "1")
    assert active(index(text)) == ["n:1:1:c1"]


def test_what_an_active_stream_requires_is_active_too() -> None:
    found = index(stream("dbi", "1", "perl: ['5.26']") + stream("perl", "5.26"))
    assert active(found, ("dbi:1",)) == ["dbi:1:1:c1", "perl:5.26:1:c1"]


@pytest.mark.parametrize(
    ("requires", "enable", "expected"),
    [
        ("platform: [el9]", (), []),
        ("platform: []", (), ["n:1:1:c1"]),
        ("platform: [-el9]", (), ["n:1:1:c1"]),
        ("platform: [-el8]", (), []),
        ("php: [-8]", (), ["n:1:1:c1", "php:7:1:c1"]),
        ("php: [-8]", ("php:8",), ["php:8:1:c1"]),
        ("php: ['7', '8']", ("php:8",), ["n:1:1:c1", "php:8:1:c1"]),
    ],
)
def test_platform_and_streams_may_be_any_some_or_all_but_some(
    requires: str, enable: tuple[str, ...], expected: list[str]
) -> None:
    text = stream("n", "1", requires) + stream("php", "7") + stream("php", "8") + default("n", "1")
    assert active(index(text), enable) == expected


def test_every_block_of_dependencies_must_hold_as_in_libdnf() -> None:
    two = stream("n", "1").replace("  profiles:", "  - requires: {platform: [el9]}\n  profiles:", 1)
    assert active(index(two + default("n", "1"))) == []


def test_of_default_streams_that_exclude_each_other_one_is_active_and_the_other_says_why_not() -> None:
    text = (
        *(stream("a", "1", "z: ['1']"), stream("b", "1", "z: ['2']"), stream("z", "1"), stream("z", "2")),
        *(default("a", "1"), default("b", "1")),
    )
    chosen = solved(index("".join(text)))
    assert sorted(one.spec for one in chosen.streams) == ["a:1", "z:1"]
    assert "z:1 and z:2 are streams of one module" in chosen.word_on("b")
    assert chosen.word_on("z") == "z:1 is active"


def test_packages_of_other_streams_are_hidden_and_names_of_active_ones_owned() -> None:
    chosen = solved(index(stream("perl", "5.26") + stream("perl", "5.30") + default("perl", "5.26")))
    assert "perl-0:5.30-1.x86_64" in chosen.hidden
    assert set(chosen.names) == {"perl"}


def test_a_name_that_has_left_the_module_is_no_longer_owned() -> None:
    rpms = ["n-0:1-1.x86_64", "gone-0:1-1.x86_64"]
    left = stream("n", "1", version=2, rpms=rpms, more="demodularized: {rpms: [gone]}")
    assert set(solved(index(stream("n", "1", rpms=rpms) + left), ("n:1",)).names) == {"n"}
    assert set(solved(index(stream("n", "1", version=3, rpms=rpms) + left), ("n:1",)).names) == {"n", "gone"}


def test_a_request_for_a_module_enables_the_stream_it_names_else_the_enabled_else_the_default() -> None:
    found = index(stream("a", "1") + stream("a", "2") + stream("b", "1") + default("a", "1"))
    assert active(found, asked=("a:2/common",)) == ["a:2:1:c1"]
    assert active(found, ("a:2",), asked=("a/common",)) == ["a:2:1:c1"]
    assert active(found, asked=("b",)) == ["a:1:1:c1", "b:1:1:c1"]
    assert active(found, asked=("core", "a")) == ["a:1:1:c1"]


@pytest.mark.parametrize(
    ("enable", "disable", "asked", "said"),
    [
        (("perl:5.3",), (), (), r"enable\[0\]: there is no module stream 'perl:5.3'\n.*there is perl:5.26, perl:5.30"),
        (("parl:5.30",), (), (), "there is perl:5.30"),
        (("perl:5.26", "perl:5.30"), (), (), r"enable\[0\] enables perl:5.26, enable\[1\] enables perl:5.30"),
        (("perl:5.26",), (), ("perl:5.30/common",), r"packages\[0\] enables perl:5.30"),
        ((), (), ("perl",), "leaves open which stream of the module perl is meant"),
        (("perl:5.26",), ("perl",), (), "the module perl is enabled and disabled"),
        (("php:8",), (), (), "php:8 requires platform:el9, and this platform is el8"),
        (("dbi:1",), ("perl",), (), r"dbi:1 requires perl:5.26; perl:5.26 is disabled by disable\[0\]"),
        (("dbi:1", "perl:5.30"), (), (), r"enable\[0\] enables dbi:1; enable\[1\] enables perl:5.30; dbi:1 requires"),
        (("lone:1",), (), (), "lone:1 requires lost:1, which no repository has"),
        (("arm:1",), (), (), "arm:1 is there for another architecture alone"),
    ],
)
def test_what_cannot_be_enabled_is_said(
    enable: tuple[str, ...], disable: tuple[str, ...], asked: tuple[str, ...], said: str
) -> None:
    found = index(
        *(stream("perl", "5.26"), stream("perl", "5.30"), stream("php", "8", "platform: [el9]")),
        *(stream("dbi", "1", "perl: ['5.26']"), stream("lone", "1", "lost: ['1']"), stream("arm", "1", arch="aarch64")),
    )
    with pytest.raises(AirlockError, match=said):
        active(found, enable, disable, asked)


def test_two_streams_that_one_place_asks_for_name_it_once() -> None:
    wishes = Wishes(asked=(Wish("m:1", "the command line"), Wish("m:2", "the command line")))
    with pytest.raises(AirlockError, match=r"^the command line: two streams of the module m"):
        streams.activate(index(stream("m", "1"), stream("m", "2")), wishes, major=8, arch="x86_64")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([obsoletes("m", "1", "m:2")], "m:2"),
        ([obsoletes("m", "1", "k:1")], "k:1"),
        ([obsoletes("m", "1")], ""),
        ([obsoletes("m", "1", "m:2", more='eol_date: "2099-01-01T00:00Z"')], "m:1"),
        ([obsoletes("m", "1", "m:2", more='eol_date: "2019-01-01T00:00Z"')], "m:2"),
        ([obsoletes("m", "1", "m:2"), obsoletes("m", "1", modified="2021-01-01T00:00Z", more="reset: true")], "m:1"),
        ([obsoletes("m", "1", "m:2", more="context: c1")], "m:2"),
        ([obsoletes("m", "1", "m:2", more="context: other")], "m:1"),
        ([obsoletes("m", "1", "k:1"), obsoletes("m", "1", "m:2", modified="2021-01-01T00:00Z")], "m:2"),
    ],
)
def test_an_obsolete_stream_gives_way_where_the_manifest_wants_that(texts: list[str], expected: str) -> None:
    found = index(stream("m", "1") + stream("m", "2") + stream("k", "1") + "".join(texts))
    assert [one.spec for one in solved(found, ("m:1",), obsolete=NOW).streams] == ([expected] if expected else [])
    assert active(found, ("m:1",)) == ["m:1:1:c1"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (default("p", "1"), default("p", "2"), {}),
        (default("p", "1"), default("p", "2", modified=5), {"p": "2"}),
        (default("p", "1", modified=6), default("p", "2", modified=5), {"p": "1"}),
        (default("p", "1"), default("p", modified=5), {"p": "1"}),
        (default("p", "1") + default("q", "1"), default("p", "2"), {"q": "1"}),
    ],
)
def test_of_defaults_of_two_repositories_the_later_counts_and_none_of_equals(
    first: str, second: str, expected: dict[str, str]
) -> None:
    assert index(first, second).defaults == expected


def test_default_profiles_that_contradict_each_other_leave_no_default_at_all_as_in_dnf() -> None:
    found = index(default("p", "1", "{'1': [a]}") + default("q", "1"), default("p", "1", "{'1': [b]}"))
    assert (found.defaults, found.profiles) == ({}, {})
    assert "different default profiles for p:1" in found.contradiction


def test_of_one_build_in_two_repositories_the_packages_are_added_up() -> None:
    texts = [stream("m", "1", rpms=[f"{name}-0:1-1.noarch"]) for name in ("a", "b")]
    assert set(solved(index(*texts), ("m:1",)).names) == {"a", "b"}
    assert set(solved(index("".join(texts)), ("m:1",)).names) == {"a"}, "in one file the first counts"


@pytest.mark.parametrize(
    "text",
    [
        "document: modulemd\ndata: {name: &a x, stream: *a}\n",
        "document: modulemd\ndata: {name: x, name: y, stream: z}\n",
        "document: modulemd\ndata: {name: x}\n",
        "[1, 2]\n",
        "document: {{{\n",
        "document: modulemd\ndata: " + "[" * 100 + "]" * 100,
        "document: modulemd\ndata: {name: x, stream: '1', version: many}\n",
        "document: modulemd\nversion: 3\ndata: {name: x, stream: '1'}\n",
        "document: modulemd\ndata: {name: x, stream: '1', artifacts: {rpms: [a-1-1.noarch]}}\n",
        "document: modulemd\ndata: {name: x, stream: '1', profiles: {a: {rpms: b}}}\n",
        "document: modulemd\ndata: {name: [x], stream: '1'}\n",
        "document: modulemd\ndata: {name: x, stream: '1', dependencies: [{requires: {y: ['1', '-2']}}]}\n",
        "document: modulemd-obsoletes\ndata: {module: x, stream: '1', modified: soon}\n",
    ],
)
def test_hostile_metadata_is_refused_with_its_url(text: str) -> None:
    with pytest.raises(VerificationError, match=r"http://x/modules\.yaml"):
        index(text)
