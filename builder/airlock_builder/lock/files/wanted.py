"""Files that a manifest names by URL: what each is, where it comes to stand, and who vouches for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from airlock_builder.lock.files.vouching import NOBODY, Vouchers
from airlock_builder.manifest.model import Content, Manifest, Vouched
from airlock_core.errors import AirlockError, InputError


@dataclass(frozen=True, order=True)
class Wanted:
    """A file that is asked for.

    Args:
        kind: as locks have it.
        filename: its path below the folder of its kind on the medium.
    """

    kind: str
    url: str
    filename: str
    vouchers: Vouchers = NOBODY


def wanted(content: Content) -> Iterator[Wanted]:
    """The plain files and playbook projects of a release or option."""
    for file in content.files.urls:
        yield Wanted("file", file.url, _by_host(file.url), vouchers(file))
    for playbook in content.playbooks:
        yield Wanted("playbook", playbook.url, f"{playbook.name}/{last(playbook.url)}", vouchers(playbook))


def base(manifest: Manifest) -> Wanted | None:
    """The base ISO, where the manifest names one."""
    one = manifest.base
    return Wanted("base", one.iso, last(one.iso), vouchers(one)) if one else None


def vouchers(one: Vouched) -> Vouchers:
    """Who vouches for a file of the manifest."""
    return Vouchers(one.checksum or "", one.checksums or "", one.signature or "", one.key)


def last(url: str) -> str:
    """The bare name of a URL's file."""
    return unquote(urlsplit(url).path).rpartition("/")[2]


def _by_host(url: str) -> str:
    """``host/path``, as kubespray-style playbooks expect."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}/{unquote(parts.path).lstrip('/')}"


def url_fault(url: str) -> AirlockError | None:
    """What keeps a URL from standing in a lock."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        what = f"a URL of {host} carries credentials, which would stand in the lock"
        return InputError(what, where="files", todo="take them out, and put them into ~/.netrc")
    if not last(url) or ".." in unquote(parts.path).split("/"):
        return InputError("a URL without a file's name", where=url, todo="correct the URL")
    return None
