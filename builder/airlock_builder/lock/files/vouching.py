"""Who vouches for a file: the manifest's own digest, or a checksum file, signed where the manifest gives keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from airlock_builder.lock.files.sums import Sums
from airlock_builder.lock.gather import gather
from airlock_builder.remote.documents import Documents, NotKept
from airlock_builder.remote.failures import is_absent
from airlock_builder.remote.http import HttpClient
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.locks import LockedFile
from airlock_core.signatures import Keyring
from airlock_core.signatures.cleartext import check_clear_document, is_cleartext, text_of
from airlock_core.signatures.judge import check_document

MAX_BYTES = 4 << 20
"""Bytes of a checksum file; Debian's longest has some hundred thousand."""
MAX_SIGNATURE = 1 << 20
SUFFIXES = (".asc", ".sig", ".gpg", ".sign")
"""What a detached signature's name has behind that of the file; asked for in this order."""
_TODO = "compare the file with its maker's, and the key with the one its maker names; `key` lists who may sign it"


@dataclass(frozen=True, order=True)
class Vouchers:
    """Who the manifest says vouches for a file; nobody where all is empty.

    Args:
        checksum: the digest itself.
        checksums: URL of a checksum file.
        signature: URL of that file's signature; where it is empty, it is looked for.
        keys: who may sign it; none: it is taken unsigned.
    """

    checksum: str = ""
    checksums: str = ""
    signature: str = ""
    keys: tuple[Path, ...] = ()

    @property
    def list(self) -> Vouchers:
        """What of it says how the checksum file is read, which many files may share."""
        return Vouchers("", self.checksums, self.signature, self.keys)


NOBODY = Vouchers()


@dataclass(frozen=True)
class Voucher:
    """What is known of a file's digest before it is seen.

    Args:
        digests: all that the file must have.
        source, checksums, signer: as :class:`~airlock_core.locks.LockedFile` has them.
    """

    digests: tuple[Digest, ...] = ()
    source: str = "taken"
    checksums: str = ""
    signer: str = ""

    @property
    def sha256(self) -> Digest | None:
        """Its SHA-256, with which the file need not be read to be locked."""
        return next((one for one in self.digests if one.algorithm == "sha256"), None)


def still_vouched(asked: Vouchers, kept: LockedFile) -> bool:
    """Whether a standing entry is vouched for as the manifest has it now.

    Raises:
        InputError: a key file that holds no key.
    """
    if asked.checksum not in ("", str(kept.checksum)) or asked.checksums != kept.checksums:
        return False
    if not (asked.checksum or asked.checksums):
        return kept.source in ("", "taken")
    if bool(asked.keys) != bool(kept.signer):
        return False
    return not asked.keys or Keyring.load(asked.keys).find(kept.signer) is not None


@dataclass
class Vouching:
    """Reads the checksum files, each once, and looks files up in them.

    Args:
        documents: where they are kept for runs without a network.
        note: told what is odd and no fault.
    """

    http: HttpClient
    documents: Documents
    note: Callable[[str], None] = lambda text: None
    _lists: dict[Vouchers, tuple[Sums, str]] = field(default_factory=dict)

    def read(self, asked: Iterable[Vouchers]) -> None:
        """Read the checksum files that these name.

        Raises:
            VerificationError: one is none, or its signature is missing, bad, expired or of another key.
            UpstreamError: one cannot be had.
            InputError: a key file that holds no key.
            Faults: several of these.
        """
        lists = sorted({one.list for one in asked if one.checksums} - self._lists.keys())
        found = gather(self._read, lists, jobs=4, what="checksum files cannot be trusted", interrupt=self.http.cancel)
        self._lists |= dict(zip(lists, found, strict=True))

    def of(self, asked: Vouchers, url: str) -> Voucher:
        """Who vouches for the file of a URL, once the checksum file was read.

        Raises:
            VerificationError: the checksum file says nothing of it, or not what the manifest says.
        """
        given = (Digest.parse(asked.checksum),) if asked.checksum else ()
        if not asked.checksums:
            return Voucher(given, "manifest") if given else Voucher()
        sums, signer = self._lists[asked.list]
        listed = sums.of(url)
        for one in given:
            if one.algorithm == listed.algorithm and one != listed:
                what = f"the manifest gives {one}, and its checksum file {listed}"
                raise VerificationError(what, where=url, todo=f"see which is meant: {sums.url}")
        return Voucher((listed, *given), "checksums", sums.url, signer)

    def _read(self, asked: Vouchers) -> tuple[Sums, str]:
        body = self.documents.current(asked.checksums, self.http, limit=MAX_BYTES)
        try:
            signer, text = self._judged(asked, body) if asked.keys else ("", self._unsigned(asked, body))
        except VerificationError as fault:
            fault.todo = fault.todo or _TODO
            raise
        return Sums.parse(text.decode("utf-8", "replace"), asked.checksums), signer

    def _unsigned(self, asked: Vouchers, body: bytes) -> bytes:
        if not is_cleartext(body):
            return body
        self.note(f"{asked.checksums} is signed, and the manifest gives no key: its signature was not looked at")
        return text_of(body, where=asked.checksums)

    def _judged(self, asked: Vouchers, body: bytes) -> tuple[str, bytes]:
        """Who signed the checksum file, and what of it is signed."""
        keys, now = Keyring.load(asked.keys), int(time.time())
        if is_cleartext(body) and not asked.signature:
            return check_clear_document(keys, body, now=now, where=asked.checksums)
        url, signature = self._signature(asked)
        signer = check_document(keys, signature, body, now=now, where=url)
        return signer, text_of(body, where=asked.checksums) if is_cleartext(body) else body

    def _signature(self, asked: Vouchers) -> tuple[str, bytes]:
        if asked.signature:
            return asked.signature, self.documents.current(asked.signature, self.http, limit=MAX_SIGNATURE)
        unseen: NotKept | None = None
        for suffix in SUFFIXES:
            url = f"{asked.checksums}{suffix}"
            try:
                return url, self.documents.current(url, self.http, limit=MAX_SIGNATURE)
            except NotKept as fault:
                unseen = unseen or fault
            except UpstreamError as fault:
                if not is_absent(fault):
                    raise
        if unseen:
            raise unseen
        raise VerificationError(
            "is not signed, and the manifest gives a key for it",
            where=asked.checksums,
            why=f"it is not clear-signed, and beside it stands none of {', '.join(SUFFIXES)}",
            todo="name its signature as `signature`, or take out `key`: nobody vouches for the list then",
        )
