"""``vars.yml``: its keys, their shapes and defaults. Source: the offline guide, "vars.yml"."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool

from airlock_installer.site.minimum import GUIDE, Role
from airlock_installer.site.model.values import Distinct, Interface, Model, OptionalAddress, Range, Server

Level = Literal["moderato", "allegro", "vivace"]
Backend = Literal["ceph", "netapp", "powerflex", "hitachi"]

_QUOTED = {"type": "string", "pattern": "^([nN][uU][lL][lL]|[nN][oO][nN][eE]|~)$"}


def _no_quoted_null(value: object) -> object:
    if isinstance(value, str) and value.strip().lower() in ("", "null", "none", "~"):
        raise ValueError(f"{value!r} is no interface: write null, without quotes, for a site without this network")
    return value


class Minimum(Model):
    """What the checklist asks of a node; what is not said is the guide's."""

    cpus: Annotated[int, Field(strict=True, ge=1)] | None = None
    """CPUs."""
    memory_mb: Annotated[int, Field(strict=True, ge=1)] | None = None
    """Memory in MB."""
    disk_gb: Annotated[int, Field(strict=True, ge=1)] | None = None
    """Size of / in GB."""


class Variables(Model):
    """What is the same for the whole site."""

    svc_iface_name: Interface = "eth0"
    """Interface on the service network: web portals and ssh."""
    mgmt_iface_name: Interface = "eth1"
    """Interface on the management network: Kubernetes and OpenStack's control; the nodes' ip is on it."""
    provider_iface_name: Interface = "eth2"
    """Interface on the provider network, which instances get addresses in; it has none on the nodes."""
    overlay_iface_name: Annotated[
        Interface | None, BeforeValidator(_no_quoted_null), Field(json_schema_extra={"not": _QUOTED})
    ] = "eth3"
    """Interface on the overlay network; null leaves out self-service networks."""
    storage_iface_name: Interface = "eth4"
    """Interface on the storage network."""
    ntp_servers: Annotated[tuple[Server, ...], Distinct] = tuple(f"{number}.pool.ntp.org" for number in range(3))
    """Time servers that the control nodes follow; an empty list: the control nodes serve the others."""
    keepalived_vip: OptionalAddress = None
    """Virtual address on the management network; mandatory."""
    keepalived_vip_svc: OptionalAddress = None
    """Virtual address on the service network, for those who cannot reach the management network; or empty."""
    metallb_enabled: StrictBool = False
    """Whether MetalLB gives addresses to services of the type LoadBalancer."""
    metallb_ip_range: Annotated[tuple[Range, ...], Distinct] = ()
    """Ranges that it gives them from: first-last, network/prefix, or one address."""
    ha_level: Level = "moderato"
    """How fast keepalived and haproxy fail over."""
    k8s_ha_level: Level = "moderato"
    """How fast Kubernetes gives up a node."""
    storage_backends: Annotated[tuple[Backend, ...], Distinct] = ()
    """Storage backends; the first is the default."""
    deploy_ssh_key: StrictBool = True
    """Whether preflight gives the deployer's public key to the other nodes."""
    checklist_minimum: dict[Role, Minimum] = Field(default_factory=dict)
    """What the checklist asks of nodes in place of the guide's numbers, by role; for a lab."""

    def minimum(self, role: Role) -> dict[str, int]:
        """What a node of a role must have at least."""
        own = self.checklist_minimum.get(role, Minimum())
        return {**GUIDE[role], **own.model_dump(exclude_none=True)}

    def __getitem__(self, key: str) -> Any:
        """A value as it stands in YAML, by its name."""
        return self.plain()[key]

    def plain(self) -> dict[str, Any]:
        """The values as YAML and Ansible have them, with all defaults; of the checklist what was said alone."""
        said = {role: minimum.model_dump(exclude_none=True) for role, minimum in self.checklist_minimum.items()}
        return {**super().plain(), "checklist_minimum": said}
