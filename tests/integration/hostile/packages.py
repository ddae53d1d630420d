"""primary.xml that is sound XML and lies about its packages."""

from __future__ import annotations

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import PRIMARY, Case, case, harmless
from tests.integration.hostile.records import HREFS, NUMBERS
from tests.integration.hostile.repository import SHA, VICTIM, package

_HREF = f'href="Packages/{VICTIM}-1.0-1.x86_64.rpm"'
_CHECKSUM = f'<checksum type="sha256" pkgid="YES">{SHA}</checksum>'
_SIZE, _RANGE = 'package="1000"', 'start="100" end="900"'
_ZERO = 'epoch="0" ver="1.0" rel="1"/><checksum'


def _one(name: str, said: str, old: str, new: str) -> Case:
    return case(f"package {name}", said, PRIMARY, repo.primary(package(swap=(old, new))))


def places() -> list[Case]:
    return [
        *(_one(name, "names a file", _HREF, f'href="{href}"') for name, href in HREFS.items()),
        _one("with xml:base", "another base", _HREF, f'xml:base="http://evil.test/" {_HREF}'),
        _one("without a place", "names a file", "location", "place"),
    ]


def digests() -> list[Case]:
    return [
        _one("with MD5", "digest of kind 'md5'", _CHECKSUM, f'<checksum type="md5" pkgid="YES">{"ab" * 16}</checksum>'),
        _one(
            "with SHA-1", "digest of kind 'sha", _CHECKSUM, f'<checksum type="sha" pkgid="YES">{"ab" * 20}</checksum>'
        ),
        _one("with a digest too short", "checksum", SHA, "abc"),
        _one("with a digest of no hexadecimal digits", "checksum", SHA, "zz" * 32),
        _one("without a digest", "no checksum", _CHECKSUM, ""),
    ]


def numbers() -> list[Case]:
    return [
        *(_one(f"whose size is {name}", "", _SIZE, f'package="{text}"') for name, text in NUMBERS.items()),
        *(_one(f"whose header ends {name}", "", _RANGE, f'start="100" end="{text}"') for name, text in NUMBERS.items()),
        _one("without a size", "header up to byte", "<size ", "<sizes "),
        _one("without a header's range", "header up to byte", "header-range", "header"),
        _one("whose header ends behind it", "header up to byte", _RANGE, 'start="100" end="1001"'),
        _one("of 8 EiB", "", _SIZE, f'package="{2**63 - 1}"'),
    ]


def identities() -> list[Case]:
    needs = _BETWEEN.format("a&#x9b;2Jb")
    names = {
        "with a slash": "../victim",
        "with a blank": "vic tim",
        "of 5,000 letters": "n" * 5000,
        "of an option": "--root=/",
    }
    return [
        *(
            case(
                f"name {text}",
                "",
                PRIMARY,
                repo.primary(package(), package(name, more='<rpm:provides><rpm:entry name="bait"/></rpm:provides>')),
                asks=["bait"],
            )
            for text, name in names.items()
        ),
        Case(
            "a requirement with control characters",
            lambda folder: repo.write(folder, repo.primary(package(more=needs))),
            "a\\u009b2Jb",
            "",
            3,
        ),
        _one("with an epoch of 5,000 digits", "", _ZERO, _ZERO.replace('epoch="0"', f'epoch="{"9" * 5000}"')),
        _one("with an epoch below zero", "", _ZERO, _ZERO.replace('epoch="0"', 'epoch="-1"')),
        _one("with an epoch in other digits", "", _ZERO, _ZERO.replace('epoch="0"', 'epoch="١"')),
        _one("with a slash in its version", "", _ZERO, _ZERO.replace('ver="1.0"', 'ver="../1.0"')),
        _one("with an empty version", "", _ZERO, _ZERO.replace('ver="1.0"', 'ver=""')),
        _one("with a source RPM elsewhere", "", "<rpm:sourcerpm>", "<rpm:sourcerpm>../../"),
    ]


_BETWEEN = '<rpm:requires><rpm:entry name="{}"/></rpm:requires>'


def counts() -> list[Case]:
    said: dict[str, int | str] = {
        "one more": 2,
        "one less": 0,
        "very many": 2**31 - 1,
        "of 5,000 digits": "9" * 5000,
        "below zero": -1,
        "in words": "many",
        "in other digits": "١",
    }
    return [
        *(
            case(f"count of packages: {name}", "packages", PRIMARY, repo.primary(count=count))
            for name, count in said.items()
        ),
        case(
            "one package twice, with two digests",
            "each with other bytes",
            PRIMARY,
            repo.primary(package(), package(swap=(SHA, "cd" * 32))),
        ),
        harmless(
            "one package twice, at two places",
            repo.primary(package(), package(swap=("Packages/", "Others/"))),
        ),
        harmless(
            "packages that need one another",
            repo.primary(package(more=_BETWEEN.format("other")), package("other", more=_BETWEEN.format(VICTIM))),
        ),
    ]
