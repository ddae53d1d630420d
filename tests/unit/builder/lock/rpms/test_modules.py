"""Module metadata, and which streams are active."""

from __future__ import annotations

import pytest

from airlock_builder.lock.rpms import modulemd, streams
from airlock_builder.lock.rpms.modulemd import ModuleIndex
from airlock_core.errors import AirlockError, VerificationError


def stream(name: str, stream: str, requires: str = "platform: [el8]", *, context: str = "c1", version: int = 1) -> str:
    return f"""---
document: modulemd
version: 2
data:
  name: {name}
  stream: {stream}
  version: {version}
  context: {context}
  arch: x86_64
  dependencies:
  - requires: {{{requires}}}
  profiles:
    common: {{rpms: [{name}]}}
  artifacts:
    rpms: ["{name}-0:{stream}-{version}.x86_64", "{name}-0:{stream}-{version}.src"]
...
"""


def default(name: str, stream: str) -> str:
    return f"---\ndocument: modulemd-defaults\nversion: 1\ndata: {{module: {name}, stream: {stream}}}\n...\n"


def index(*documents: str) -> ModuleIndex:
    return modulemd.parse("".join(documents).encode(), where="http://x/modules.yaml")


def active(found: ModuleIndex, enable: tuple[str, ...] = (), disable: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{s.name}:{s.stream}:{s.context}"
        for s in streams.activate(found, enable, disable, major=8, arch="x86_64").streams
    ]


def test_a_stream_is_a_text_even_where_it_looks_like_a_number() -> None:
    (found,) = index(stream("go", "1.10")).streams
    assert (found.stream, found.profiles) == ("1.10", {"common": ("go",)})


def test_default_streams_are_active_and_no_others() -> None:
    found = index(stream("perl", "5.26"), stream("perl", "5.30"), stream("php", "7.2"), default("perl", "5.26"))
    assert active(found) == ["perl:5.26:c1"]


def test_an_enabled_stream_takes_the_place_of_the_default_one() -> None:
    found = index(stream("perl", "5.26"), stream("perl", "5.30"), default("perl", "5.26"))
    assert active(found, ("perl:5.30",)) == ["perl:5.30:c1"]
    assert active(found, (), ("perl",)) == []


def test_the_newest_version_and_the_context_that_fits_are_taken() -> None:
    found = index(
        stream("dbi", "1", "perl: ['5.26']", context="a"),
        stream("dbi", "1", "perl: ['5.30']", context="b"),
        stream("dbi", "1", "perl: ['5.30']", context="b", version=2),
        stream("perl", "5.26"),
        stream("perl", "5.30"),
    )
    chosen = streams.activate(found, ("dbi:1", "perl:5.30"), (), major=8, arch="x86_64")
    assert [str(s) for s in chosen.streams] == ["dbi:1:2:b:x86_64", "perl:5.30:1:c1:x86_64"]


def test_what_an_active_stream_requires_is_active_too() -> None:
    found = index(stream("dbi", "1", "perl: ['5.26']"), stream("perl", "5.26"))
    assert active(found, ("dbi:1",)) == ["dbi:1:c1", "perl:5.26:c1"]


def test_streams_of_another_platform_are_not_active() -> None:
    assert active(index(stream("php", "8", "platform: [el9]"), default("php", "8"))) == []


def test_packages_of_other_streams_are_hidden_and_names_of_active_ones_owned() -> None:
    found = index(stream("perl", "5.26"), stream("perl", "5.30"), default("perl", "5.26"))
    chosen = streams.activate(found, (), (), major=8, arch="x86_64")
    assert "perl-0:5.30-1.x86_64" in chosen.hidden()
    assert chosen.names() == {"perl"}


@pytest.mark.parametrize(
    ("enable", "said"),
    [
        (("perl:5.3",), "the nearest: perl:5.30"),
        (("perl:5.26", "perl:5.30"), "cannot be active together"),
        (("php:8",), "cannot be active together"),
    ],
)
def test_what_cannot_be_enabled_is_said(enable: tuple[str, ...], said: str) -> None:
    found = index(stream("perl", "5.26"), stream("perl", "5.30"), stream("php", "8", "platform: [el9]"))
    with pytest.raises(AirlockError, match=said):
        active(found, enable)


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
    ],
)
def test_hostile_metadata_is_refused_with_its_url(text: str) -> None:
    with pytest.raises(VerificationError, match=r"http://x/modules\.yaml"):
        index(text)


def test_two_repositories_that_name_other_defaults_have_none() -> None:
    parts = [index(default("perl", "5.26")), index(default("perl", "5.30"), default("php", "7"))]
    assert ModuleIndex.merge(parts).defaults == {"php": "7"}
