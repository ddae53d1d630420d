"""What registries are asked for, and what people are told to do where that fails."""

from __future__ import annotations

from dataclasses import dataclass, replace

LOGIN = "run `skopeo login {host}`, or set REGISTRY_AUTH_FILE to a file that has its credentials"


@dataclass(frozen=True)
class Errand:
    """One kind of use. In remedies ``{host}`` is the registry's address.

    Args:
        failed: what an error says first.
        actions: what a token is asked for.
        absent: the remedy where there is no such thing.
        authority, certificate, plain: the remedies for a server that nobody vouches for, that wants a client's
            certificate, that speaks plain HTTP.
        other: what an error says first of a blob of other bytes.
        other_todo: the remedy for those.
    """

    failed: str
    actions: str
    absent: str
    authority: str
    certificate: str
    plain: str
    other: str
    other_todo: str


FETCH = Errand(
    failed="cannot be fetched",
    actions="pull",
    absent="correct its name and tag or version, or give a --mirror that has it",
    authority="name the authority that signed it in images.registries (ca), or in SSL_CERT_FILE",
    certificate="give the certificate that it wants in images.registries (client_cert, client_key), or renew it",
    plain="where {host} does so by intent, name it in images.insecure",
    other="other bytes than its digest says",
    other_todo="the registry altered it, or someone on the way did: compare with another registry",
)
"""Images, charts, and what is attached to images."""

PULL = Errand(
    failed="cannot be pulled",
    actions="pull",
    absent="correct the name, the tag or the digest",
    authority="name the authority that signed it: --ca FILE, or images.registries (ca) in the manifest",
    certificate="give the certificate that it wants with --client-cert and --client-key, or renew it",
    plain="where {host} does so by intent, give --insecure {host}, or name it in images.insecure",
    other="the registry gives other bytes than its own manifest says",
    other_todo="it is damaged, or lies: pull from another, or have the release pushed anew",
)
"""Releases."""

PUSH = replace(PULL, failed="cannot be pushed", actions="pull,push")
"""Releases, too."""
