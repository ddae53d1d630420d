"""XML of strangers: what honest documents have is read, what would grow is refused before it does."""

from __future__ import annotations

import pytest

from airlock_builder import safexml
from airlock_core.errors import VerificationError

DOCTYPE = '<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">'
DEFAULTS = '<!DOCTYPE r [<!ATTLIST a b CDATA "a default that every element would get">]>'


def test_names_keep_their_prefixes_and_texts_are_whole() -> None:
    root = safexml.parse(b'<a xmlns:x="u"><x:b xml:lang="de">one &amp; two</x:b></a>', where="u")
    assert [(safexml.local(child), child.text, child.attrib) for child in root] == [
        ("b", "one & two", {"xml:lang": "de"})
    ]


def test_a_document_type_without_content_is_read_where_it_may_stand() -> None:
    assert safexml.parse(f"{DOCTYPE}<comps/>".encode(), where="u", root="comps", doctype=True).tag == "comps"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{DOCTYPE}<comps/>", "document type"),
        ("<other/>", "root element is not <comps>"),
        ("<comps>&nothing;</comps>", "entity"),
        (f"<comps>{'<a/>' * 50}</comps>", "more than 40 elements"),
        (f"<comps>{'<a>' * 40}{'</a>' * 40}</comps>", "nested deeper than 32"),
        (f'<comps a="{"x" * 20_000}"/>', "longer than"),
        (f"<comps>{'x' * 20_000}</comps>", "longer than"),
        ("<comps>", "no element found"),
        ("<comps/><comps/>", "junk"),
        ('<?xml version="1.0" encoding="x"?><comps/>', "its encoding is 'x' and not UTF-8"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><comps/>', "its encoding is 'ISO-8859-1' and not UTF-8"),
    ],
)
def test_what_no_honest_document_has_is_refused(text: str, said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        safexml.parse(text.encode(), where="u", root="comps", most=40)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_letters_of_several_bytes_are_refused_whatever_is_declared(encoding: str) -> None:
    with pytest.raises(VerificationError, match="its encoding is not UTF-8"):
        safexml.parse("<comps><a/></comps>".encode(encoding), where="u", root="comps")


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>'])
def test_utf_8_is_read_with_and_without_a_word_on_it(declared: str) -> None:
    assert safexml.parse(f"\ufeff{declared}<comps>é</comps>".encode(), where="u", root="comps").text == "é"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{DEFAULTS}<comps/>", "content of its own"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><comps/>', "content of its own"),
        (f"{DOCTYPE}<comps>&nothing;</comps>", "the entity nothing"),
    ],
)
def test_a_document_type_that_may_stand_declares_nothing_and_is_not_relied_on(text: str, said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        safexml.parse(text.encode(), where="u", doctype=True)
