"""The site's own CA and the registry's certificate, made on the site; no key ever leaves it."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from airlock_core import atomic
from airlock_core.errors import GateError, MachineError

_CA_DAYS = 3650
_SERVER_DAYS = 825
_RENEW_DAYS = 30
_SKEW = datetime.timedelta(days=1)
_CA = "ca.crt"
_ANOTHER_CA = "move {} away and run `airlock-site serve up`: it makes another CA, which all nodes then need"


@dataclass(frozen=True)
class Pki:
    """Where keys and certificates are (PEM); the server's certificate file ends with the CA's.

    Args:
        folder: the registry's.
        authority: the CA's, where it is another.
    """

    folder: Path
    authority: Path | None = None

    @property
    def ca_certificate(self) -> Path:
        """The CA's certificate: what clients trust."""
        return (self.authority or self.folder) / _CA

    @property
    def ca_key(self) -> Path:
        """The CA's key."""
        return (self.authority or self.folder) / "ca.key"

    @property
    def certificate(self) -> Path:
        """The registry's certificate."""
        return self.folder / "registry.crt"

    @property
    def key(self) -> Path:
        """The registry's key."""
        return self.folder / "registry.key"


def ensure(pki: Pki, names: Iterable[str], now: datetime.datetime) -> bool:
    """Make CA and server certificate where they lack, and the server's anew when it runs out or lacks a name.

    Args:
        names: host names and IP addresses of the deployer.
        now: the machine's time, aware.

    Returns:
        Whether the server's certificate is new.

    Raises:
        GateError: the CA is not valid at this time: the clock is wrong.
        MachineError: the CA's files cannot be read or written.
    """
    wanted = frozenset(names)
    if not pki.ca_certificate.is_file():
        _make_ca(pki, now)
    authority = _load(pki.ca_certificate)
    _check_time(authority, pki.ca_certificate, now)
    if _is_good(pki, wanted, now):
        return False
    if not belongs(pki.ca_certificate, pki.ca_key):
        what, todo = (
            "not the key of the site's CA, or gone",
            f"bring it back, or {_ANOTHER_CA.format(pki.ca_key.parent)}",
        )
        raise MachineError(what, where=str(pki.ca_key), todo=todo)
    _make_server(pki, authority, wanted, now)
    return True


def is_due(pki: Pki, names: Iterable[str], now: datetime.datetime) -> bool:
    """Whether :func:`ensure` would make a certificate."""
    return not pki.ca_certificate.is_file() or not _is_good(pki, frozenset(names), now)


def names_in(certificate: x509.Certificate) -> frozenset[str]:
    """Host names and addresses that a certificate is good for."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return frozenset([*names.get_values_for_type(x509.DNSName), *addresses])


def valid(path: Path) -> tuple[datetime.datetime, datetime.datetime]:
    """From when until when a certificate is valid (UTC).

    Raises:
        MachineError: it cannot be read.
    """
    certificate = _load(path)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def names_of(path: Path) -> frozenset[str]:
    """Host names and addresses that a certificate's file is good for; none where it names nobody.

    Raises:
        MachineError: it cannot be read.
    """
    try:
        return names_in(_load(path))
    except x509.ExtensionNotFound:
        return frozenset()


def belongs(path: Path, key: Path) -> bool:
    """Whether a key is a certificate's own."""
    try:
        found = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return False
    return _raw(found.public_key()) == _raw(_load(path).public_key())


def signed_by(path: Path, authority: Path) -> bool:
    """Whether a CA signed a certificate."""
    try:
        _load(path).verify_directly_issued_by(_load(authority))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _raw(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _load(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        todo = (
            _ANOTHER_CA.format(path.parent) if path.name == _CA else "run `airlock-site serve up`, which makes another"
        )
        raise MachineError("not a readable certificate", where=str(path), why=str(error), todo=todo) from error


def _check_time(certificate: x509.Certificate, path: Path, now: datetime.datetime) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if first <= now <= last:
        return
    told = f"is not valid before {first:%Y-%m-%d %H:%M}" if now < first else f"was valid until {last:%Y-%m-%d %H:%M}"
    raise GateError(
        f"the site's CA {told} UTC, and the clock says {now:%Y-%m-%d %H:%M}",
        where=str(path),
        todo=f"set the clock; where it is right, {_ANOTHER_CA.format(path.parent)}",
    )


def _is_good(pki: Pki, names: frozenset[str], now: datetime.datetime) -> bool:
    """Whether the server can use its certificate: a cut between two writes leaves one with another's key."""
    try:
        first, last = valid(pki.certificate)
    except MachineError:
        return False
    lasts = first <= now < last - datetime.timedelta(days=_RENEW_DAYS)
    ours = belongs(pki.certificate, pki.key) and signed_by(pki.certificate, pki.ca_certificate)
    return lasts and ours and names <= names_of(pki.certificate)


def _make_ca(pki: Pki, now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"airlock site CA {os.urandom(4).hex()}")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key, now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(pki.ca_key, key)
    atomic.write(pki.ca_certificate, _pem(certificate))


def _make_server(pki: Pki, authority: x509.Certificate, names: frozenset[str], now: datetime.datetime) -> None:
    signer = serialization.load_pem_private_key(pki.ca_key.read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise MachineError("not the key that this CA was made with", where=str(pki.ca_key))
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "airlock registry")])
    certificate = (
        _builder(subject, authority.subject, key, now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in sorted(names)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(pki.key, key)
    atomic.write(pki.certificate, _pem(certificate) + _pem(authority))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    atomic.write(path, pem, mode=0o600)
