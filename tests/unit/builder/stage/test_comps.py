from xml.etree.ElementTree import fromstring

import pytest

from airlock_builder.stage import comps
from airlock_core.errors import VerificationError

FIRST = b"""<?xml version="1.0"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
<comps>
  <group><id>core</id><name>Core</name><name xml:lang="de">Kern</name>
    <packagelist><packagereq type="mandatory">bash</packagereq><packagereq>absent</packagereq></packagelist></group>
  <group><id>empty</id><packagelist><packagereq>absent</packagereq></packagelist></group>
  <environment><id>minimal</id><grouplist><groupid>core</groupid><groupid>empty</groupid></grouplist></environment>
</comps>"""
SECOND = b"""<comps><group><id>core</id><packagelist><packagereq>zsh</packagereq><packagereq>bash</packagereq>
</packagelist></group><group><id>more</id><packagelist><packagereq>zsh</packagereq></packagelist></group></comps>"""


def packages(raw: bytes) -> dict[str, list[str]]:
    return {
        str(group.findtext("id")): [str(one.text) for one in group.iter("packagereq")]
        for group in fromstring(raw).iter("group")
    }


def test_groups_of_several_repos_add_up_and_ask_for_nothing_that_is_absent() -> None:
    raw = comps.merged([("a", FIRST), ("b", SECOND)], {"bash", "zsh"})
    assert packages(raw) == {"core": ["bash", "zsh"], "more": ["zsh"]}
    assert [one.text for one in fromstring(raw).iter("groupid")] == ["core"]
    assert b"Kern" in raw


def test_the_result_is_stable() -> None:
    once = comps.merged([("a", FIRST)], {"bash"})
    assert comps.merged([("a", once)], {"bash"}) == once


BOMB = b'<!DOCTYPE comps [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><comps>&b;</comps>'


@pytest.mark.parametrize("raw", [b"", b"<other/>", b"<comps>", BOMB, b"\xff"])
def test_what_is_no_comps_is_refused(raw: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        comps.merged([("http://h/comps.xml", raw)], set())
    assert caught.value.where == "http://h/comps.xml"
