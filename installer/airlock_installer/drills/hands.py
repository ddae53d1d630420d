"""What a drill looks and strikes with: playbooks, run as the steps run theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_core.errors import GateError, raise_all
from airlock_installer.layout import Layout
from airlock_installer.masking import Mask
from airlock_installer.site.site import Site
from airlock_installer.steps import playbook
from airlock_installer.steps.person import person
from airlock_installer.steps.step import Evidence, Gate


@dataclass(frozen=True)
class Hands:
    """Playbooks on the nodes of a site.

    Args:
        gate: of the step that the drill is of.
        mask: takes the secrets out of what failed.
        arguments: of ansible-playbook: where it finds the passwords.
    """

    layout: Layout
    site: Site
    gate: Gate
    mask: Mask
    arguments: Sequence[str] = ()

    def look(self) -> Evidence:
        """Look at the nodes; what was found.

        Raises:
            GateError, Faults: what must be true is not.
        """
        outcome = self._run(self.gate.playbook, {})
        blind = [GateError(each.what, where=each.where, why=each.why) for each in outcome.faults]
        faults = blind or self.gate.judge(self.site, outcome.facts)
        raise_all(f"the gate found {len(faults)} things that must not be", faults)
        return outcome.facts

    def play(self, name: str, variables: Mapping[str, Any]) -> None:
        """Run a playbook of the drill.

        Raises:
            StepError, Faults: tasks failed.
        """
        outcome = self._run(name, variables)
        raise_all(f"{name}: {len(outcome.faults)} tasks failed", outcome.faults)

    def _run(self, name: str, variables: Mapping[str, Any]) -> playbook.Outcome:
        who = person(self.site.folder)
        call = playbook.Call(
            playbook=name,
            inventory=self.site.hosts_file,
            variables={**self.site.variables.plain(), **variables},
            folder=self.layout.ansible / f"drill-{Path(name).stem}",
            user=who.name,
            key=who.key,
            arguments=self.arguments,
        )
        return playbook.run(call, self.mask)
