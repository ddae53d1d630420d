"""dnf on the deployer: the local repo alone, with signatures checked; the role ``local_repo`` does so on every node."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import jinja2

from airlock_core import atomic, media, strict_yaml
from airlock_core.locks import RpmsLock
from airlock_installer.layout import Layout
from airlock_installer.on_nodes.repo_files import switched_off
from airlock_installer.serve.endpoints import Endpoints

REPO_ID = "burrito"


def point(layout: Layout, endpoints: Endpoints) -> list[Path]:
    """Write burrito.repo and the keys it names, and switch all other repos off; the files that were written."""
    folder = layout.root / "etc/yum.repos.d"
    keys = {layout.rpm_keys / installed_name(key): key.read_bytes() for key in key_files(layout.medium)}
    names = [path.name for path in keys]
    texts = {folder / f"{REPO_ID}.repo": repo_file(endpoints.repo_urls, names, excused(layout.medium)).encode()}
    for path in sorted(folder.glob("*.repo")):
        if path.name != f"{REPO_ID}.repo":
            texts[path] = switched_off(path.read_bytes())
    return [path for path, data in {**keys, **texts}.items() if atomic.put(path, data)]


def repo_file(urls: Sequence[str], keys: Sequence[str], unsigned: Sequence[str]) -> str:
    """The text of burrito.repo, from the role's own template, as Ansible renders it.

    Args:
        urls: roots of the local repo, the better first (dnf.conf(5), "baseurl").
        keys: names of the keys, as they are installed.
        unsigned: packages that dnf takes without looking at their signatures.
    """
    template = resources.files("airlock_installer") / "ansible/roles/local_repo/templates/burrito.repo.j2"
    # Plain text for dnf, not HTML. Ansible's template module sets the same two.
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    variables = {"local_repo_urls": urls, "local_repo_keys": keys, "local_repo_unsigned": unsigned}
    return environment.from_string(template.read_text("utf-8")).render(variables)


def excused(medium: Path) -> list[str]:
    """The packages that the release takes although dnf cannot check their signatures, as dnf names packages.

    Raises:
        InputError, Faults: the lock on the medium cannot be read.
    """
    path = medium / media.LOCKS / "rpms.lock"
    packages = RpmsLock.from_data(strict_yaml.load(path), where=str(path)).packages
    return sorted({package.nevra.filename.removesuffix(".rpm") for package in packages if package.unsigned})


def key_files(medium: Path) -> list[Path]:
    """The keys that sign the medium's packages, and that rpm can import."""
    folder = medium / media.KEYS
    return sorted(path for path in folder.glob("*") if path.is_file())


def installed_name(key: Path) -> str:
    """The name that a key of the medium has among the machine's keys."""
    return f"airlock-{key.name}"
