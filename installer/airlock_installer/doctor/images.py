"""The registry's content: every blob read and hashed, and beside images.lock what lacks."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, note
from airlock_installer.doctor.ground import Ground
from airlock_installer.serve import status
from airlock_installer.serve.client import RegistryClient
from airlock_installer.serve.status import Images
from airlock_installer.serve.storage import RegistryStorage
from airlock_installer.serve.up import images_of

_MEND = "airlock-site serve up --deep, which takes it from the medium again"


def look(ground: Ground) -> Images | None:
    """Compare the registry with the release's images.lock; its storage alone where it does not answer."""
    storage = RegistryStorage(ground.layout.registry_storage)
    if not storage.root.is_dir():
        return None
    locked = images_of(*ground.contents) if ground.contents else ()
    client = RegistryClient(ground.endpoints.registry, ground.layout.ca_certificate)
    if ground.contents and not client.fault():
        return status.images(locked, client, storage, deep=not ground.quick)
    return status.stored(locked, storage, deep=not ground.quick)


def damaged(facts: Images) -> Iterator[Finding]:
    """A blob that is not what its name says: the registry serves it as it is."""
    for damage in facts.damaged:
        users = f"needed by {', '.join(damage.images)}" if damage.images else "no image of the lock needs it"
        what = f"the blob {damage.blob} is damaged"
        yield error(what, where=damage.path, why=f"{damage.why}; {users}", todo=_MEND)


def lacking(facts: Images) -> Iterator[Finding]:
    """An image that cannot be pulled as it was locked."""
    for lack in facts.lacking:
        yield error(f"the image cannot be served: {lack.why}", where=lack.image, todo="airlock-site serve up")


def surplus(facts: Images) -> Iterator[Finding]:
    """Images that are no part of the release."""
    if facts.surplus:
        what = f"the registry holds {len(facts.surplus)} images that images.lock does not name"
        yield note(what, why=", ".join(facts.surplus[:10]), todo="no fault: an earlier release's images stay")


AREA = Area("registry", look, (damaged, lacking, surplus))
