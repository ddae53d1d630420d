"""The step landing: registry and local repo on every control node, behind the virtual address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from airlock_core.errors import InputError, MachineError, UsageError
from airlock_core.locks.images import LockedImage
from airlock_installer import machine
from airlock_installer.layout import Layout
from airlock_installer.serve import clients, configs, dnf, landed, listing, program
from airlock_installer.serve.client import ACCEPT
from airlock_installer.serve.configuration import nginx_user
from airlock_installer.serve.endpoints import GENESIS, Endpoints
from airlock_installer.serve.storage import RegistryStorage
from airlock_installer.serve.up import images_of
from airlock_installer.steps import gate_landing
from airlock_installer.steps.step import EVERY_NODE, Gate, Place, Reads, Step, Work

_MANIFESTS = "/manifests/"


def variables(place: Place) -> Mapping[str, Any]:
    """All that control nodes and clients get, as the deployer has it; no key is among it, but where keys are.

    Raises:
        UsageError, InputError: this machine is no control node, listens everywhere, or there is no virtual address.
        MachineError, Faults: neither medium nor copy of it, or the deployer's registry has not all images.
    """
    layout, here = place.layout, _deployer(place)
    endpoints = replace(place.endpoints, vip=_vip(place))
    folder, release = landed.contents(layout)
    images, storage = images_of(folder, release), RegistryStorage(layout.registry_storage)
    return {
        "airlock_landing_deployer": here,
        "airlock_landing_vip": endpoints.vip,
        "airlock_landing_ports": {"registry": GENESIS, "repo": endpoints.repo},
        "airlock_landing_accept": ACCEPT,
        **_sources(endpoints, folder),
        "airlock_landing_repo_files": listing.repo_files(folder, release),
        "airlock_landing_registry_files": listing.registry_files(images, storage),
        **_asked(folder, images, storage),
        **_services(place, endpoints, here),
        **_clients(layout, endpoints, images),
        "airlock_repo_urls": list(endpoints.repo_urls),
        "airlock_repo_unsigned": dnf.excused(folder),
        "airlock_repo_keys": [{"path": str(key), "name": dnf.installed_name(key)} for key in dnf.key_files(folder)],
    }


def _deployer(place: Place) -> str:
    """The control node that is this machine."""
    inventory, address = place.site.inventory, place.endpoints.address
    for node in inventory.control:
        if inventory.address(node) == address:
            if place.endpoints.alone:
                return node
            what = "registry and local repo are open on all interfaces, also at the virtual address"
            todo = (
                f"airlock-site prepare --mgmt-iface {place.site.variables.mgmt_iface_name}, then airlock-site serve up"
            )
            raise UsageError(what, todo=todo)
    what = f"no control node has the address of this machine: {address}"
    raise UsageError(what, todo="landing begins on the deployer, which is one of the control nodes of hosts")


def _vip(place: Place) -> str:
    vip = place.site.variables.keepalived_vip
    if vip is None:
        raise InputError("keepalived_vip is not set", where=str(place.site.folder / "vars.yml"))
    return str(vip)


def _sources(endpoints: Endpoints, folder: Path) -> dict[str, str]:
    return {
        "airlock_landing_medium": folder.as_uri(),
        "airlock_landing_repo_url": endpoints.own_repo_url,
        "airlock_landing_registry_url": f"https://{endpoints.own_registry_name}",
    }


def _asked(folder: Path, images: tuple[LockedImage, ...], storage: RegistryStorage) -> dict[str, Any]:
    """What the gate asks for: everything of each node's own, and what leads to it at the virtual address."""
    everything = listing.asked(images, storage)
    release = listing.shown(folder)
    return {
        "airlock_landing_asked": everything,
        "airlock_landing_asked_shortly": [each for each in everything if _MANIFESTS in each["path"]],
        "airlock_landing_asked_repo": release,
        "airlock_landing_repositories": sorted({image.ref.repository for image in images}),
    }


def _services(place: Place, endpoints: Endpoints, here: str) -> dict[str, Any]:
    """Configuration and certificates of each control node's services; the deployer keeps the ports that it had."""
    layout, nodes = place.layout, place.site.inventory.control
    own = {node: Endpoints(place.site.inventory.address(node), node, registry=GENESIS, alone=True) for node in nodes}
    there = Layout()
    texts = {
        node: configs.nginx(there, each, nginx_user(), configs.nginx_pid(there), there.repo)
        for node, each in {**own, here: endpoints}.items()
    }
    common = frozenset(["localhost", machine.LOOPBACK, str(endpoints.vip)])
    names = {node: {*common, node, each.address} for node, each in own.items()} | {here: {*common, *machine.names()}}
    folders = {node: str(layout.pki if node == here else layout.nodes_pki / node) for node in nodes}
    return {
        "airlock_landing_nginx": texts,
        "airlock_landing_registry_config": configs.registry(there.registry_storage, endpoints),
        "airlock_landing_units": str(resources.files("airlock_installer") / "systemd"),
        "airlock_landing_program": program.found(layout),
        "airlock_landing_authority": str(layout.pki),
        "airlock_landing_certificates": {folders[node]: sorted(each) for node, each in names.items()},
        "airlock_landing_certificate_folders": folders,
        "airlock_landing_htpasswd": str(layout.htpasswd),
    }


def _clients(layout: Layout, endpoints: Endpoints, images: tuple[LockedImage, ...]) -> dict[str, Any]:
    try:
        certificate = layout.ca_certificate.read_text()
    except OSError as error:
        todo = "run `airlock-site serve up`"
        raise MachineError("the site has no CA yet", where=str(layout.ca_certificate), todo=todo) from error
    texts = clients.files(endpoints, {image.ref.host for image in images}, certificate)
    # What is trusted comes first: a program that reads the rest at once finds it there.
    return {
        "airlock_landing_clients": [
            {"path": str(path), "text": text, "wave": 0 if path.suffix == ".crt" else 1} for path, text in texts.items()
        ],
        "airlock_landing_marker": landed.text(str(endpoints.vip)),
    }


STEP = Step(
    name="landing",
    title="Registry and local repo on every control node",
    applies=lambda situation: situation.offline,
    reads=Reads(
        frozenset(["keepalived_vip", "keepalived_vip_svc", "mgmt_iface_name", "svc_iface_name", "ha_level"]),
        frozenset([EVERY_NODE, "kube_control_plane", "controller-node"]),
        repo=True,
    ),
    breaks="",
    minutes=10,
    work=Work("landing.yml", Gate("gate_landing.yml", gate_landing.judge, gate_landing.told), variables),
)
