"""Certificates for registries where container tools keep them.

Source: containers-certs.d(5), and Docker's folder of the same shape: below the folder of a ``host[:port]`` files named
``*.crt`` are authorities, ``NAME.cert`` with ``NAME.key`` is a client's certificate.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SYSTEM = (Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d"))


@dataclass(frozen=True)
class Kept:
    """What is kept for one registry.

    Args:
        authorities: files in PEM form.
        pairs: a client's certificates, each with its key.
    """

    authorities: tuple[Path, ...] = ()
    pairs: tuple[tuple[Path, Path], ...] = ()


def kept_for(host: str, environment: Mapping[str, str] = os.environ, system: Sequence[Path] = _SYSTEM) -> Kept:
    """What is kept for a ``host[:port]``, of the first folder that knows it.

    Args:
        system: the folders of all users, behind the user's own.
    """
    home = Path(environment.get("HOME") or Path.home())
    own = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers/certs.d"
    for folder in (parent / host for parent in (own, *system)):
        if folder.is_dir():
            pairs = ((path, path.with_suffix(".key")) for path in sorted(folder.glob("*.cert")))
            return Kept(tuple(sorted(folder.glob("*.crt"))), tuple(pair for pair in pairs if pair[1].is_file()))
    return Kept()
