"""Groups and environments."""

from __future__ import annotations

import pytest

from airlock_builder.lock.rpms.metadata import comps
from airlock_builder.lock.rpms.metadata.comps import Comps
from airlock_core.errors import InputError, VerificationError

DOCTYPE = '<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">'


def document(groups: str, head: str = DOCTYPE) -> bytes:
    return f'<?xml version="1.0"?>{head}<comps>{groups}</comps>'.encode()


def group(identity: str, *packages: tuple[str, str]) -> str:
    listed = "".join(f'<packagereq type="{kind}">{name}</packagereq>' for kind, name in packages)
    return (
        f'<group><id>{identity}</id><name xml:lang="de">Kern</name><name>{identity.title()}</name>'
        f"<packagelist>{listed}</packagelist></group>"
    )


CORE = group("core", ("mandatory", "bash"), ("default", "vim"), ("optional", "nano"), ("conditional", "vim-x"))
SERVER = (
    "<environment><id>server</id><name>A Server</name><grouplist><groupid>core</groupid><groupid>gone</groupid>"
    "</grouplist><optionlist><groupid>extra</groupid></optionlist></environment>"
)


def names(found: Comps, text: str, without: tuple[str, ...] = ()) -> list[str]:
    groups = found.groups_of(text, where="rpms.packages", without=without)
    return [member.name for group in groups for member in group.members()]


def test_a_group_brings_its_mandatory_default_and_conditional_packages() -> None:
    found = comps.parse(document(CORE), where="u")
    assert names(found, "core") == ["bash", "vim", "vim-x"]
    assert [member.name for member in found.groups["core"].members(("optional",))] == ["nano"]


def test_a_name_counts_and_a_glob_in_any_case_but_an_id_that_is_just_so_first() -> None:
    found = comps.parse(document(CORE + group("Core-extra", ("mandatory", "mc"))), where="u")
    assert names(found, "core") == names(found, "Core") == ["bash", "vim", "vim-x"]
    assert names(found, "CORE*") == ["bash", "vim", "vim-x", "mc"]


def test_an_environment_brings_its_groups_and_none_of_its_options_or_of_those_left_out() -> None:
    found = comps.parse(document(CORE + group("extra", ("mandatory", "mc")) + SERVER), where="u")
    assert names(found, "^server") == names(found, "^A Server") == names(found, "server") == ["bash", "vim", "vim-x"]
    assert names(found, "^server", without=("core",)) == []


def test_a_group_of_two_repositories_is_added_up_and_the_later_word_counts() -> None:
    texts = [group("core", ("default", "b"), ("optional", "a")), group("core", ("mandatory", "a"))]
    merged = comps.merge([comps.parse(document(text), where="u") for text in texts])
    assert names(merged, "core") == ["b", "a"]


def test_what_is_for_another_architecture_is_left_out() -> None:
    text = (
        '<group arch="aarch64"><id>arm</id></group><group><id>all</id><packagelist><packagereq arch="aarch64">a'
        '</packagereq><packagereq arch="aarch64,x86_64">b</packagereq></packagelist></group>'
    )
    found = comps.parse(document(text), where="u", arch="x86_64")
    assert (set(found.groups), names(found, "all")) == ({"all"}, ["b"])


def test_a_package_may_hang_on_another_or_on_the_architecture() -> None:
    text = (
        '<group><id>g</id><packagelist><packagereq type="conditional" requires="gnome">x</packagereq>'
        '<packagereq basearchonly="true">y</packagereq></packagelist></group>'
    )
    one, two = comps.parse(document(text), where="u").groups["g"].members()
    assert (one.requires, one.base_arch, two.requires, two.base_arch) == ("gnome", False, "", True)


@pytest.mark.parametrize(("name", "said"), [("cores", "the nearest: core"), ("^serve", "no environment 'serve'")])
def test_an_unknown_name_is_answered_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("^", r"\^")):
        names(comps.parse(document(CORE + SERVER), where="u"), name)


@pytest.mark.parametrize("head", ['<!DOCTYPE c [<!ENTITY a "b">]>', '<!DOCTYPE c [<!ENTITY % a SYSTEM "file:///x">]>'])
def test_a_document_type_that_declares_an_entity_is_refused(head: str) -> None:
    with pytest.raises(VerificationError, match="document type"):
        comps.parse(document(CORE, head), where="u")
