"""Detached signatures by the stand-in's key without gpg, which takes a process for each: ten thousand take seconds.

Source: RFC 9580, sections 5.5.3 (secret keys), 5.2.3 (signatures of version 4) and 5.2.4 (what is hashed).
"""

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

_RSA, _SHA256 = 1, 8
_SIGNATURE_TAG, _SECRET_TAG = 2, 5


class Signer:
    """Signs with an RSA key that has no passphrase.

    Args:
        key: the file of the secret key, armoured, its primary key first.
        time: when signatures say they were made, seconds since 1970-01-01 UTC.
    """

    def __init__(self, key: Path, time: int) -> None:
        body = _first_packet(_dearmor(key.read_text()), _SECRET_TAG)
        (n, e), public_end = _mpis(body, 6, 2)
        if body[0] != 4 or body[5] != _RSA or body[public_end] != 0:
            raise ValueError(f"not an RSA key of version 4 without passphrase: {key}")
        (d, p, q, _), _ = _mpis(body, public_end + 1, 4)
        numbers = rsa.RSAPrivateNumbers(
            p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, n)
        )
        self._key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
        self._time = time
        self.fingerprint = hashlib.sha1(b"\x99" + public_end.to_bytes(2, "big") + body[:public_end]).digest()

    def sign(self, data: bytes) -> bytes:
        """The signature packet over a binary document."""
        hashed = _subpacket(33, b"\x04" + self.fingerprint) + _subpacket(2, self._time.to_bytes(4, "big"))
        unhashed = _subpacket(16, self.fingerprint[-8:])
        signed = bytes((4, 0, _RSA, _SHA256)) + _counted(hashed)
        digest = hashlib.sha256(data + signed + b"\x04\xff" + len(signed).to_bytes(4, "big")).digest()
        number = self._key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        body = signed + _counted(unhashed) + digest[:2] + _mpi(int.from_bytes(number, "big"))
        return bytes((0x80 | _SIGNATURE_TAG << 2 | 1,)) + _counted(body)

    def sign_as_version_3(self, data: bytes) -> bytes:
        """The same in the form of RFC 4880, section 5.2.2, in which Red Hat and CentOS sign what they build for 8."""
        signed = b"\0" + self._time.to_bytes(4, "big")
        digest = hashlib.sha256(data + signed).digest()
        number = self._key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        head = bytes((3, len(signed))) + signed + self.fingerprint[-8:] + bytes((_RSA, _SHA256))
        body = head + digest[:2] + _mpi(int.from_bytes(number, "big"))
        return bytes((0x80 | _SIGNATURE_TAG << 2 | 1,)) + _counted(body)


def _dearmor(text: str) -> bytes:
    body = text.split("\n\n", 1)[1].split("\n-----", 1)[0]
    return base64.b64decode("".join(line for line in body.splitlines() if not line.startswith("=")))


def _first_packet(data: bytes, tag: int) -> bytes:
    """The body of the first packet, of old format and with a length of two octets, as gpg writes keys."""
    if data[0] != 0x80 | tag << 2 | 1:
        raise ValueError("not a secret key as gpg exports it")
    return data[3 : 3 + int.from_bytes(data[1:3], "big")]


def _mpis(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """Numbers (section 3.2), and the offset behind them."""
    numbers = []
    for _ in range(count):
        octets = (int.from_bytes(data[at : at + 2], "big") + 7) // 8
        numbers.append(int.from_bytes(data[at + 2 : at + 2 + octets], "big"))
        at += 2 + octets
    return numbers, at


def _mpi(number: int) -> bytes:
    bits = number.bit_length()
    return bits.to_bytes(2, "big") + number.to_bytes((bits + 7) // 8, "big")


def _subpacket(kind: int, data: bytes) -> bytes:
    return bytes((len(data) + 1, kind)) + data


def _counted(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
