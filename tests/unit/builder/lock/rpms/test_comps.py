"""Groups and environments."""

from __future__ import annotations

import pytest

from airlock_builder.lock.rpms import comps
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


def test_a_group_brings_its_mandatory_and_default_packages() -> None:
    found = comps.parse(document(CORE), where="u")
    assert found.packages_of("core", where="") == ("bash", "vim")
    assert found.packages_of("Core", where="") == ("bash", "vim")


def test_an_environment_brings_its_groups() -> None:
    found = comps.parse(document(CORE + group("extra", ("mandatory", "mc")) + SERVER), where="u")
    assert found.packages_of("^server", where="") == ("bash", "vim")
    assert found.packages_of("^A Server", where="") == ("bash", "vim")


def test_a_group_of_two_repositories_is_added_up() -> None:
    parts = [comps.parse(document(group("core", ("default", name))), where="u") for name in ("b", "a")]
    assert comps.merge(parts).packages_of("core", where="") == ("a", "b")


@pytest.mark.parametrize(("name", "said"), [("cores", "the nearest: core"), ("^serve", "no environment 'serve'")])
def test_an_unknown_name_is_answered_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("^", r"\^")):
        comps.parse(document(CORE + SERVER), where="u").packages_of(name, where="rpms.packages")


@pytest.mark.parametrize("head", ['<!DOCTYPE c [<!ENTITY a "b">]>', '<!DOCTYPE c [<!ENTITY % a SYSTEM "file:///x">]>'])
def test_a_document_type_that_declares_an_entity_is_refused(head: str) -> None:
    with pytest.raises(VerificationError, match="EntitiesForbidden"):
        comps.parse(document(CORE, head), where="u")
