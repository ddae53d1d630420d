"""What steps are run with, and how one of their playbooks is run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from airlock_installer import holder, ledger, runlogs
from airlock_installer.layout import Layout
from airlock_installer.ledger import Entry, Ledger
from airlock_installer.masking import Mask
from airlock_installer.runlogs import RunLog
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.steps import arguments as ansible_arguments
from airlock_installer.steps import inputs, playbook
from airlock_installer.steps.catalog import Catalog
from airlock_installer.steps.events import Event, Note, Printed, Recap, Watch, unwatched
from airlock_installer.steps.person import person
from airlock_installer.steps.playbook import Outcome
from airlock_installer.steps.step import Place, Situation, Step
from airlock_installer.stopping import Stop


@dataclass(frozen=True)
class Secrets:
    """What the site's vault gives.

    Args:
        texts: to be masked wherever they would be kept or shown.
        arguments: of ansible-playbook: where it finds them itself. No secret may be among these.
    """

    texts: Collection[str] = ()
    arguments: Sequence[str] = ()


@dataclass(frozen=True)
class Engine:
    """All that steps are run with.

    Args:
        catalog: the steps that there are.
        situation: the site, and whether it is installed from a medium.
        release: the medium's release with its digests, for ledger and report; empty without a medium.
        secrets: what the vault gives.
        watch: where events are told.
        stop: whether to end.
        by: the person at work.
    """

    layout: Layout
    catalog: Catalog
    situation: Situation
    endpoints: Endpoints
    release: Mapping[str, Any] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)
    watch: Watch = unwatched
    stop: Stop = field(default_factory=Stop)
    by: str = field(default_factory=holder.user)

    @cached_property
    def mask(self) -> Mask:
        """Takes the secrets out of all that is kept and shown."""
        return Mask(self.secrets.texts)

    @property
    def ledger(self) -> Ledger:
        """The journal."""
        return Ledger(self.layout.ledger)

    def digests(self, step: Step) -> dict[str, str]:
        """What a step reads, in digests, as it is now."""
        release = str(self.release.get("digest", ""))
        given = inputs.sources(self.situation.site, release, self.endpoints.own_repo_url)
        return inputs.digests(given, step.reads)

    def variables(self, step: Step) -> dict[str, Any]:
        """What the step's playbooks get: the site's variables with their defaults, and the step's own."""
        site = self.situation.site
        return {**site.variables.plain(), **step.done_by.variables(Place(self.layout, site, self.endpoints))}

    def apply(self, step: Step, entry: Entry, variables: Mapping[str, Any], arguments: Sequence[str]) -> Outcome:
        """Run a step's playbook."""
        with RunLog(Path(entry.folder), runlogs.APPLY) as log:
            return self._play(step.done_by.playbook, variables, arguments, [log, self.watch])

    def look(self, step: Step, entry: Entry, variables: Mapping[str, Any]) -> Outcome:
        """Run the playbook of a step's gate; its output is nobody's news but the log's."""
        with RunLog(Path(entry.folder), runlogs.GATE) as log:
            return self._play(step.done_by.gate.playbook, variables, (), [log, _without_output(self.watch)])

    def play(self, entry: Entry, name: str, variables: Mapping[str, Any]) -> Outcome:
        """Run a playbook of a drill, with the site's variables and its own."""
        given = {**self.situation.site.variables.plain(), **variables}
        with RunLog(Path(entry.folder), runlogs.APPLY) as log:
            return self._play(name, given, (), [log, _without_output(self.watch)])

    def note(self, entry: Entry, text: str) -> None:
        """Tell something of a run, and keep it in its log."""
        self.watch(note := Note(entry.step, text))
        with RunLog(Path(entry.folder), runlogs.APPLY) as log:
            log(note)

    def _play(
        self, name: str, variables: Mapping[str, Any], arguments: Sequence[str], watches: Sequence[Watch]
    ) -> Outcome:
        self.stop.check()
        site = self.situation.site
        who = person(site.folder)
        call = playbook.Call(
            playbook=name,
            inventory=site.hosts_file,
            variables=variables,
            folder=self.layout.ansible / Path(name).stem,
            user=who.name,
            key=who.key,
            arguments=(*self.secrets.arguments, *arguments),
        )

        def tell(event: Event) -> None:
            for watch in watches:
                watch(event)

        outcome = playbook.run(call, self.mask, tell, self.stop)
        if outcome.stopped:
            self.stop.check()
        return outcome


@dataclass(frozen=True)
class Order:
    """What of steps is to be run.

    Args:
        command: what the person typed, for whoever comes meanwhile.
        arguments: further arguments of ansible-playbook.
        again: whether a step is run though it is done already.
    """

    command: str
    arguments: Sequence[str] = ()
    again: bool = False

    @property
    def kind(self) -> str:
        """Which kind of run it is, as of the ledger."""
        return ansible_arguments.kind(self.arguments)

    @property
    def tells_all(self) -> bool:
        """Whether all that Ansible prints is asked for: by ``-v`` among its arguments, or for want of anything else."""
        return self.is_dry or ansible_arguments.tells_all(self.arguments)

    @property
    def is_dry(self) -> bool:
        """Whether it only tells."""
        return self.kind == ledger.DRY


def _without_output(watch: Watch) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        if not isinstance(event, Printed | Recap):
            watch(event)

    return tell
