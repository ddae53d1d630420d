"""By what the two ends of a connection to a registry believe one another: authorities, and a client's certificate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_builder.remote.access import Access
from airlock_builder.remote.certs_d import kept_for
from airlock_core.errors import InputError
from airlock_core.values import Value

if TYPE_CHECKING:
    import ssl


class Trust(Value):
    """Files in PEM form.

    Args:
        ca: authorities that may vouch for the servers, beside the system's.
        client_cert: the certificate that the servers ask for, with its chain.
        client_key: its key; None where the certificate's file holds it.
    """

    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None

    def check(self, where: str) -> None:
        """Find out before a server is asked whether the files can be used.

        Args:
            where: whose they are, for errors.

        Raises:
            InputError, Faults: they cannot.
        """
        Access(ca=self.ca, client_cert=self.client_cert, client_key=self.client_key).opened({}, (), where=where)

    def context(self, host: str, *, insecure: bool = False) -> ssl.SSLContext:
        """What a client speaks TLS with.

        Args:
            host: ``host[:port]`` that is spoken to; where no files are named, those count that container tools keep
                for it.
            insecure: any certificate of a server is accepted.
        """
        import ssl  # loaded with OpenSSL by those alone who speak to a registry

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
        if insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self != NO_TRUST:
            _load(context, (self.ca,) if self.ca else (), ((self.client_cert, self.client_key),))
            return context
        kept = kept_for(host)
        _load(context, kept.authorities, kept.pairs)
        return context

    def certificate_files(self) -> Iterator[tuple[str, Path]]:
        """The files by the endings that containers-certs.d(5) knows them by."""
        if self.ca:
            yield "crt", self.ca
        if self.client_cert:
            yield "cert", self.client_cert
            yield "key", self.client_key or self.client_cert


def _load(
    context: ssl.SSLContext, authorities: Iterable[Path], pairs: Iterable[tuple[Path | None, Path | None]]
) -> None:
    file: Path | None = None
    try:
        for file in authorities:
            context.load_verify_locations(cafile=file)
        for file, key in pairs:
            if file:
                context.load_cert_chain(file, key, lambda: "")  # one that wants a passphrase is not asked about
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        todo = "mend it, or name another in images.registries (ca, client_cert, client_key)"
        raise InputError("a certificate that cannot be used", where=str(file), why=str(error), todo=todo) from error


NO_TRUST = Trust()
