"""What a lock says of a package's file."""

from __future__ import annotations

from pathlib import Path

from airlock_core.digest import of_file
from airlock_core.locks import LockedRpm
from airlock_core.signatures.verify import read_head


def locked_rpm(path: Path, folder_url: str, *, signer: str | None = None, module: str | None = None) -> LockedRpm:
    """The entry of one RPM of the repo ``small``, in a folder at the upstream."""
    nevra = read_head(path, where=path.name).nevra
    return LockedRpm(
        nevra.name,
        nevra.evr,
        nevra.arch,
        f"{folder_url}/{path.name}",
        "small",
        path.stat().st_size,
        of_file(path),
        signer=signer,
        module=module,
    )
