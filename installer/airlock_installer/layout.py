"""Where airlock-site keeps what on a deployer: every path is named here once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airlock_core import media


@dataclass(frozen=True)
class Layout:
    """The paths of one deployer.

    Args:
        root: the root folder; another than ``/`` for a system that is being installed, and for tests.
    """

    root: Path = Path("/")

    @property
    def etc(self) -> Path:
        """Configuration."""
        return self.root / "etc/airlock"

    @property
    def state(self) -> Path:
        """What must outlive a reboot."""
        return self.root / "var/lib/airlock"

    @property
    def log(self) -> Path:
        """Logs."""
        return self.root / "var/log/airlock"

    @property
    def run(self) -> Path:
        """What ends with the boot."""
        return self.root / "run/airlock"

    @property
    def medium(self) -> Path:
        """Where the medium is mounted."""
        return self.root / media.MOUNT_POINT.relative_to("/")

    @property
    def release_json(self) -> Path:
        """The root document of the medium that this deployer was installed from."""
        return self.etc / "release.json"

    @property
    def appliance_json(self) -> Path:
        """What :mod:`airlock_installer.appliance` wrote: folder of the site, management interface."""
        return self.etc / "appliance.json"

    @property
    def verified_json(self) -> Path:
        """The marker of the last check of the mounted medium."""
        return self.run / "media-verified.json"

    @property
    def pki(self) -> Path:
        """The site's CA and the registry's certificate."""
        return self.etc / "pki"

    @property
    def ca_certificate(self) -> Path:
        """The certificate of the site's CA."""
        return self.pki / "ca.crt"

    @property
    def nodes_pki(self) -> Path:
        """Keys and certificates of the registries on the other control nodes: a folder each."""
        return self.pki / "nodes"

    @property
    def registry_config(self) -> Path:
        """Configuration of the registry behind nginx."""
        return self.etc / "registry.yml"

    @property
    def nginx_config(self) -> Path:
        """Configuration of our own nginx."""
        return self.etc / "nginx.conf"

    @property
    def htpasswd(self) -> Path:
        """Hash of the password for pushes."""
        return self.etc / "registry.htpasswd"

    @property
    def push_password(self) -> Path:
        """The password for pushes, made here, for root alone."""
        return self.etc / "registry.password"

    @property
    def vault_key(self) -> Path:
        """The key of the site's vault, made here, for root alone."""
        return self.etc / "vault.key"

    @property
    def clients(self) -> Path:
        """What nodes need to pull from the registry: a tree to be laid over a node's root."""
        return self.etc / "clients"

    @property
    def registry_storage(self) -> Path:
        """Root folder of the registry's filesystem storage."""
        return self.state / "registry"

    @property
    def repo(self) -> Path:
        """The local repo's own copy of what the medium holds for the nodes, once the step landing has made it."""
        return self.state / "repo"

    @property
    def landed_json(self) -> Path:
        """The marker that nodes find registry and local repo at the virtual address."""
        return self.etc / "landing.json"

    @property
    def environments(self) -> Path:
        """Python environments of playbook projects: ``<name>/current/venv``."""
        return self.state / "environments"

    @property
    def playbooks(self) -> Path:
        """Playbook projects of the medium: ``<name>/current``."""
        return self.state / "playbooks"

    @property
    def collections(self) -> Path:
        """Ansible collections of the medium: ``current``, which ansible.cfg names too."""
        return self.state / "collections"

    @property
    def names(self) -> Path:
        """Names and addresses that this machine knows by itself (hosts(5))."""
        return self.root / "etc/hosts"

    @property
    def own_registry_binary(self) -> Path:
        """The registry program where it came as a file on the medium."""
        return self.root / "opt/airlock/bin/registry"

    @property
    def ledger(self) -> Path:
        """The journal of steps."""
        return self.state / "ledger.sqlite"

    @property
    def runs(self) -> Path:
        """Logs: one folder for each run of a step."""
        return self.log / "runs"

    @property
    def ansible(self) -> Path:
        """What Ansible keeps while a playbook runs: one folder each, gone with it."""
        return self.run / "ansible"

    @property
    def lock(self) -> Path:
        """Held by the one run that may change the site."""
        return self.run / "lock"

    @property
    def units(self) -> Path:
        """Units of the administrator (systemd.unit(5), "Unit File Load Path")."""
        return self.root / "etc/systemd/system"

    @property
    def rpm_keys(self) -> Path:
        """Where dnf's configuration looks for keys by habit."""
        return self.root / "etc/pki/rpm-gpg"
