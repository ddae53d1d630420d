"""Signatures of RPMs and repository metadata: who signed, with what, and whether that may be trusted.

``openpgp`` and ``rpmfile`` read formats, ``policy`` judges: pure functions of bytes and values. ``keyring``, ``gpgv``
and ``verify`` are the edges that run gpg, gpgv and rpmkeys, each with keys of its own and never the machine's.
"""

from airlock_core.signatures.keyring import Key, Keyring
from airlock_core.signatures.rpmkeys import ExpectedRpm
from airlock_core.signatures.verify import verify_packages

__all__ = ["ExpectedRpm", "Key", "Keyring", "verify_packages"]
