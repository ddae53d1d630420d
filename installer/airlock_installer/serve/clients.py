"""What a node needs to pull from the site's registry, as a tree to be laid over its root: texts of names, no more.

Images keep their names: ``docker.io/library/nginx`` comes from ``<registry>/library/nginx``, and nothing asks the host
that an image once came from. Sources: containerd, ``docs/hosts.md``; containers-registries.conf(5), ``prefix`` and
``location``; containers-certs.d(5); Docker, "Verify repository client with certificates".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from airlock_core import atomic
from airlock_installer.serve.endpoints import Endpoints

_HEAD = "# Written by airlock-site on the deployer; changed there, not here.\n"
_CONTAINERD = PurePosixPath("etc/containerd/certs.d")
_CERTIFICATES = (_CONTAINERD, PurePosixPath("etc/containers/certs.d"), PurePosixPath("etc/docker/certs.d"))
_REGISTRIES = PurePosixPath("etc/containers/registries.conf.d/50-airlock.conf")


def files(endpoints: Endpoints, hosts: Collection[str], certificate: str) -> dict[PurePosixPath, str]:
    """The files by their path below a node's root.

    Args:
        hosts: registries that the images came from.
        certificate: the site's CA (PEM).
    """
    registry = endpoints.registry_name
    # The deployer's own name stays good when pulls go by another.
    names = dict.fromkeys((registry, endpoints.own_registry_name))
    found = {folder / name / "ca.crt": certificate for folder in _CERTIFICATES for name in names}
    for host in sorted({*names, *hosts}):
        found[_CONTAINERD / host / "hosts.toml"] = _hosts_toml(registry)
    found[_REGISTRIES] = _registries_conf(registry, hosts)
    return found


def write(folder: Path, wanted: dict[PurePosixPath, str]) -> list[Path]:
    """Have exactly these files in a folder; those that were written or removed."""
    changed = [folder / name for name, text in wanted.items() if atomic.put(folder / name, text)]
    for path in _others(folder, wanted):
        path.unlink()
        changed.append(path)
    return changed


def _others(folder: Path, wanted: Collection[PurePosixPath]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder) not in {Path(name) for name in wanted}:
            yield path


def _hosts_toml(registry: str) -> str:
    certificate = PurePosixPath("/") / _CONTAINERD / registry / "ca.crt"
    return (
        f'{_HEAD}server = "https://{registry}"\n\n[host."https://{registry}"]\n'
        f'  capabilities = ["pull", "resolve"]\n  ca = "{certificate}"\n'
    )


def _registries_conf(registry: str, hosts: Collection[str]) -> str:
    entries = (f'\n[[registry]]\nprefix = "{host}"\nlocation = "{registry}"\n' for host in sorted(hosts))
    return _HEAD + "".join(entries)
