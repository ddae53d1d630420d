"""All steps in their order: which a site needs, and which of them this release can do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airlock_core.errors import UsageError
from airlock_installer.steps import gate_ha, landing, preflight
from airlock_installer.steps.inputs import VAULT
from airlock_installer.steps.step import Gate, Reads, Situation, Step, Work


@dataclass(frozen=True)
class Catalog:
    """Steps in the order in which they are run."""

    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        """The step of a name, that can be run.

        Raises:
            UsageError: there is none, or this release cannot do it.
        """
        there = {step.name: step for step in self.steps if step.work}
        if name in there:
            return there[name]
        todo = f"the steps that there are: {', '.join(there)}"
        if name in self.names:
            raise UsageError(f"this release does not have the step {name}", todo=todo)
        raise UsageError(f"there is no step {name} in this release", todo=todo)

    @property
    def names(self) -> tuple[str, ...]:
        """All names in order."""
        return tuple(step.name for step in self.steps)

    def needed(self, situation: Situation) -> tuple[Step, ...]:
        """The steps that a site needs, in order."""
        return tuple(step for step in self.steps if step.applies(situation))

    def plan(self, situation: Situation, *, start: str | None = None, until: str | None = None) -> tuple[Step, ...]:
        """The steps of an installation, from ``start`` to and with ``until``.

        Raises:
            UsageError: the site needs steps that there are not, or does not need those named, or in this order.
        """
        steps = self.needed(situation)
        names = [step.name for step in steps]
        for name in (start, until):
            if name is not None and name not in names:
                raise UsageError(f"this site does not need the step {name}", todo=f"it needs: {', '.join(names)}")
        first, last = names.index(start) if start else 0, names.index(until) if until else len(names) - 1
        if first > last:
            raise UsageError(f"the step {start} comes after {until}", todo=f"the order: {', '.join(names)}")
        must_be_there(steps[first : last + 1], situation)
        return steps[first : last + 1]

    def before(self, step: Step, situation: Situation) -> tuple[Step, ...]:
        """The steps before one that this site needs and this release can do."""
        earlier = self.steps[: self.steps.index(step)]
        return tuple(each for each in self.needed(situation) if each in earlier and each.is_there(situation))


def must_be_there(wanted: Sequence[Step], situation: Situation) -> None:
    """Raise :class:`UsageError` where this release cannot do all of some steps on a site."""
    lacking = [step.name for step in wanted if not step.is_there(situation)]
    if not lacking:
        return
    names = ", ".join(lacking)
    if not situation.offline:
        what = f"this site is prepared for an installation from networks, where this release does not have: {names}"
        raise UsageError(what, todo="install it from the medium: `airlock-site prepare --offline`")
    there = [step.name for step in itertools.takewhile(lambda step: step.is_there(situation), wanted)]
    raise UsageError(
        f"this site needs steps that this release does not have: {names}",
        todo=f"go as far as there are steps: `airlock-site install --until {there[-1]}`" if there else "",
    )


def _always(_: Situation) -> bool:
    return True


def _offline(situation: Situation) -> bool:
    return situation.offline


def _backend(name: str) -> Callable[[Situation], bool]:
    return lambda situation: name in situation.site.variables.storage_backends


_CONTROL = frozenset(["kube_control_plane", "controller-node"])
_KUBERNETES = frozenset(["kube_control_plane", "kube_node"])
_CEPH = frozenset(["mons", "mgrs", "osds", "rgws", "clients"])
_POWERFLEX = frozenset(["mdm", "sds", "sdc", "gateway", "presentation"])
_OPENSTACK = frozenset(["controller-node", "network-node", "compute-node"])
_VIP = frozenset(["keepalived_vip", "keepalived_vip_svc", "mgmt_iface_name", "svc_iface_name"])

CATALOG = Catalog(
    (
        preflight.STEP,
        Step(
            name="ha",
            title="keepalived and haproxy on control nodes",
            applies=_always,
            reads=Reads(_VIP | {"ha_level"}, _CONTROL),
            breaks="connections through the virtual address, while it moves",
            minutes=3,
            work=Work("ha.yml", Gate("gate_ha.yml", gate_ha.judge, gate_ha.told)),
        ),
        Step(
            name="ceph",
            title="Ceph on storage nodes, clients elsewhere",
            applies=_backend("ceph"),
            reads=Reads(frozenset(["storage_iface_name", "storage_backends"]), _CEPH, frozenset(["ceph_vars.yml"])),
            breaks="data on the disks that it is given as OSDs",
            minutes=20,
        ),
        Step(
            name="k8s",
            title="Kubernetes behind the virtual address, MetalLB",
            applies=_always,
            reads=Reads(_VIP | {"k8s_ha_level", "metallb_enabled", "metallb_ip_range"}, _KUBERNETES),
            breaks="pods of nodes that it restarts",
            minutes=25,
        ),
        Step(
            name="netapp",
            title="Trident for NetApp, its backend and storage class",
            applies=_backend("netapp"),
            reads=Reads(frozenset(["storage_backends"]), _KUBERNETES, frozenset(["netapp_vars.yml", VAULT])),
            breaks="",
            minutes=5,
        ),
        Step(
            name="powerflex",
            title="PowerFlex: MDM, gateway, SDS and CSI",
            applies=_backend("powerflex"),
            reads=Reads(
                frozenset(["storage_backends"]), _POWERFLEX | _KUBERNETES, frozenset(["powerflex_vars.yml", VAULT])
            ),
            breaks="data on the disks that it is given as SDS devices",
            minutes=20,
        ),
        Step(
            name="hitachi",
            title="Hitachi Storage Plug-in for Containers",
            applies=_backend("hitachi"),
            reads=Reads(frozenset(["storage_backends"]), _KUBERNETES, frozenset(["hitachi_vars.yml", VAULT])),
            breaks="",
            minutes=5,
        ),
        Step(
            name="patch",
            title="ceph-csi and kube-apiserver's settings",
            applies=_always,
            reads=Reads(frozenset(["storage_backends", "k8s_ha_level"]), _KUBERNETES),
            breaks="the Kubernetes API, while it restarts",
            minutes=5,
        ),
        Step(
            name="registry",
            title="Images from the medium into the cluster's registry",
            applies=_offline,
            reads=Reads(_VIP, _CONTROL),
            breaks="",
            minutes=15,
        ),
        landing.STEP,
        Step(
            name="burrito",
            title="OpenStack",
            applies=_always,
            reads=Reads(
                _VIP | {"provider_iface_name", "overlay_iface_name", "storage_backends", "metallb_ip_range"},
                _OPENSTACK,
                frozenset([VAULT]),
            ),
            breaks="the OpenStack API, while its charts are upgraded",
            minutes=45,
        ),
    )
)
"""The steps of this release (site.md's table)."""
