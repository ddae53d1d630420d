"""skopeo, wrapped once, with configuration of our own in place of the machine's.

Options: skopeo(1), skopeo-copy(1); configuration: containers-registries.conf(5),
containers-policy.json(5). The credentials are the user's own (``$REGISTRY_AUTH_FILE``, else
``$DOCKER_CONFIG/config.json``, else where containers-auth.json(5) looks: ``~/.docker/config.json``, too).
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.remote.proxies import proxy_environment
from airlock_builder.remote.trust import NO_TRUST, Trust
from airlock_core import proc

_PASSED_ON = (
    "REGISTRY_AUTH_FILE",
    "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    *(name for proxy in ("http_proxy", "https_proxy", "no_proxy") for name in (proxy, proxy.upper())),
)
# what is copied is pinned by digest: a signature policy would add nothing that the lock has not
_POLICY = {"default": [{"type": "insecureAcceptAnything"}]}
_COPY_SECONDS = 6 * 3600.0
_RETRIES = ("--retry-times", "2")


@dataclass(frozen=True)
class Location:
    """Where the images of one host are.

    Args:
        host: as image references name it.
        address: ``host[:port]`` that answers for it.
        insecure: TLS without a check of the certificate, or none at all, is accepted.
        proxy: URL of the proxy to ask by; None for what the environment says.
        mirrors: what is asked before, each with whether it is insecure.
        trust: what all of these are believed by, and believe us by.

    ``host``, ``address`` and the mirrors may go on with a path (containers-registries.conf(5)).
    """

    host: str
    address: str
    insecure: bool
    proxy: str | None = None
    mirrors: tuple[tuple[str, bool], ...] = ()
    trust: Trust = NO_TRUST


def copy(image: str, locations: Sequence[Location], *, layout: Path, blobs: Path) -> None:
    """Copy one image, as it is, into a shared folder of blobs; what is there already is not fetched.

    Args:
        image: a manifest by digest.
        layout: a folder for the OCI layout's own files; on the file system of ``blobs``.
        blobs: the folder whose ``sha256/`` holds the blobs.

    Raises:
        ProcessFailed: skopeo says why on standard error.
    """
    with _configuration(locations) as (options, certificates):
        trusted = ["--src-cert-dir", str(certificates)] if certificates else []
        how = ["--quiet", "--preserve-digests", *_RETRIES, "--dest-shared-blob-dir", str(blobs)]
        line = ["skopeo", *options, "copy", *trusted, *how, f"docker://{image}", f"oci:{layout}:image"]
        proc.run(line, timeout=_COPY_SECONDS, env=_environment(locations))


def registries_conf(locations: Sequence[Location]) -> str:
    """A registries.conf that knows these hosts and nothing of the machine's own."""
    blocks = [
        f"[[registry]]\nprefix = {json.dumps(location.host)}\n{_place(location.address, location.insecure)}"
        + "".join(f"[[registry.mirror]]\n{_place(mirror, insecure)}" for mirror, insecure in location.mirrors)
        for location in locations
    ]
    return "\n".join(["unqualified-search-registries = []\n", *blocks])


def _place(location: str, insecure: bool) -> str:
    return f"location = {json.dumps(location)}\ninsecure = {json.dumps(insecure)}\n"


@contextlib.contextmanager
def _configuration(locations: Sequence[Location]) -> Iterator[tuple[list[str], Path | None]]:
    """The options that name a configuration of our own, and the folder of certificates where any are given."""
    with tempfile.TemporaryDirectory(prefix="airlock-skopeo-") as name:
        folder = Path(name)
        (folder / "policy.json").write_text(json.dumps(_POLICY))
        (folder / "registries.conf").write_text(registries_conf(locations))
        (folder / "registries.d").mkdir()
        options = [
            *("--policy", str(folder / "policy.json")),
            *("--registries-conf", str(folder / "registries.conf")),
            *("--registries.d", str(folder / "registries.d")),
        ]
        files = [(n, *file) for n, one in enumerate(locations) for file in one.trust.certificate_files()]
        (folder / "certificates").mkdir(mode=0o700)
        for number, ending, file in files:
            (folder / "certificates" / f"{number}.{ending}").symlink_to(file.absolute())
        yield options, folder / "certificates" if files else None


def _environment(locations: Sequence[Location]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # skopeo 1.9 does not look at this variable of Docker's
    dockers = Path(os.environ.get("DOCKER_CONFIG", "/dev/null")) / "config.json"
    if "REGISTRY_AUTH_FILE" not in kept and dockers.is_file():
        kept["REGISTRY_AUTH_FILE"] = str(dockers)
    return kept | proxy_environment(next((location.proxy for location in locations if location.proxy), None), kept)
