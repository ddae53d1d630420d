"""repomd.xml that is sound XML and lies: places, digests, sizes, repetitions."""

from __future__ import annotations

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import PRIMARY, REPOMD, Case, case
from tests.integration.hostile.repository import SHA

HREFS = {
    "above the repository": "../../etc/passwd",
    "above it in the middle": "repodata/../../../etc/passwd",
    "from the root": "/etc/passwd",
    "on another host": "http://evil.test/file",
    "on this machine": "file:///etc/passwd",
    "on another host without a scheme": "//evil.test/file",
    "with percent-encoded dots": "a/%2e%2e/%2E%2E/%2e./etc/passwd",
    "with a percent-encoded slash": "a/..%2fpasswd",
    "with twice percent-encoded dots": "a/%252e%252e/passwd",
    "with a percent-encoded NUL": "a/file%00",
    "with a percent-encoded line feed": "a/file%0d%0aHost:%20evil.test",
    "with backslashes": "..\\..\\passwd",
    "with a query": "a/file?x=../..",
    "with a fragment": "a/file#../..",
    "with a line feed": "a/&#10;file",
    "of 10,000 letters": "a" * 10_000,
    "of nothing": "",
}
"""Places that no file of a repository may have."""

NUMBERS = {
    "negative": "-1",
    "of 5,000 digits": "9" * 5000,
    "of 30 digits": "9" * 30,
    "with a fraction": "1.5",
    "in other digits": "١٢٣",
    "in hexadecimal": "0x10",
}
"""Numbers that no size may be."""


def places() -> list[Case]:
    return [
        *(
            case(f"record {name}", "names a file", REPOMD, repo.primary(place=f'href="{href}"'))
            for name, href in HREFS.items()
        ),
        case(
            "record with xml:base",
            "another base",
            REPOMD,
            repo.primary(place='xml:base="http://evil.test/" href="repodata/primary.bin"'),
        ),
        case("repomd that lists itself", "lists itself", REPOMD, repo.primary(place='href="repodata/repomd.xml"')),
        case(
            "repomd that lists itself as comps", "lists itself", REPOMD, repo.comps(place='href="repodata/repomd.xml"')
        ),
    ]


def digests() -> list[Case]:
    return [
        case("record with MD5", "digest of kind 'md5'", REPOMD, repo.primary(digest=("md5", "ab" * 16))),
        case("record with SHA-1", "digest of kind 'sha'", REPOMD, repo.primary(digest=("sha", "ab" * 20))),
        case("record with a digest too short", "digest of kind", REPOMD, repo.primary(digest=("sha256", "abc"))),
        case(
            "record with a digest that is a path", "digest of kind", REPOMD, repo.primary(digest=("sha256", "../" * 9))
        ),
        case("record of other bytes", "other bytes than locked", PRIMARY, repo.primary(digest=("sha256", SHA))),
        case("record without a digest", "no checksum", REPOMD, swap=("checksum", "sum")),
        case("record without a place", "no location", REPOMD, swap=("location", "place")),
        case("repomd without a primary", "no primary", REPOMD, swap=('"primary"', '"secondary"')),
    ]


def sizes() -> list[Case]:
    return [
        *(
            case(f"size {name}", "size that cannot be", REPOMD, repo.primary(size=text))
            for name, text in NUMBERS.items()
        ),
        *(
            case(f"open size {name}", "size that cannot be", REPOMD, repo.primary(open_size=text))
            for name, text in NUMBERS.items()
        ),
        case("size too large", "another size than locked", PRIMARY, repo.primary(size="99999")),
        case("size too small", "another size than locked", PRIMARY, repo.primary(size="9")),
        case("open size too large", "99999 expected", PRIMARY, repo.primary(open_size="99999")),
        case("open size too small", "it may have", PRIMARY, repo.primary(open_size="9")),
    ]


def repetitions() -> list[Case]:
    second = f'<checksum type="sha256">{SHA}</checksum>'
    return [
        case("primary listed twice", "primary stands twice", REPOMD, swap=("filelists", "primary")),
        case("two digests in a record", "checksum stands twice", REPOMD, repo.primary(more=second)),
        case(
            "two places in a record",
            "location stands twice",
            REPOMD,
            repo.primary(more='<location href="repodata/filelists.bin"/>'),
        ),
        case("two sizes in a record", "size stands twice", REPOMD, repo.primary(more="<size>1</size>")),
    ]
