"""Running a playbook through ansible-runner, and what came of it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from airlock_core import atomic, proc
from airlock_core.errors import AirlockError, StepError, UsageError
from airlock_installer import leftovers
from airlock_installer.masking import Mask
from airlock_installer.steps import events, sshpass
from airlock_installer.steps.events import Event, Found, NodeTold, Printed, Recap, Watch

FACT = "airlock_gate"
"""The fact that a gate's playbook leaves on every node."""
_ATTENTION = 0.1
"""Seconds between two looks at whether the run was told to stop."""
_PARSE = """\
import sys
from ansible.cli.playbook import PlaybookCLI
cli = PlaybookCLI(["ansible-playbook"])
cli.init_parser()
cli.parser.parse_args([*sys.argv[1:], "x.yml"])
"""
_PARSE_SECONDS = 60
_LAST_WORDS = 20
"""Lines of Ansible's own that an error tells where no task failed."""


@dataclass
class Outcome:
    """What a playbook came to.

    Args:
        counts: by node: Ansible's counts (``ok``, ``changed``, ``dark`` for unreachable, ``failures``…).
        faults: failed tasks and unreachable nodes, in words without secrets; ``where`` is the node.
        facts: what the fact :data:`FACT` holds, by node: as it is, secrets and all, for whoever judges it.
        stopped: whether it was ended before its time.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[AirlockError] = field(default_factory=list)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    stopped: bool = False


@dataclass(frozen=True)
class Call:
    """One run of a playbook.

    Args:
        playbook: file below ``ansible/``.
        inventory: the site's ``hosts``.
        variables: of the site and of the step; no secret may be among them.
        folder: its own, where Ansible keeps what it needs meanwhile; gone with the run.
        user: who logs in to the nodes.
        key: that user's ssh key.
        arguments: further arguments of ansible-playbook.
    """

    playbook: str
    inventory: Path
    variables: Mapping[str, Any]
    folder: Path
    user: str
    key: Path
    arguments: Sequence[str] = ()


def run(call: Call, mask: Mask, tell: Watch = events.unwatched, stop: Callable[[], bool] = lambda: False) -> Outcome:
    """Run a playbook to its end, or until ``stop`` says so, telling what happens without secrets.

    What a gate found is told to nobody: it is in the outcome.

    Raises:
        StepError: ansible-playbook did not even begin.
    """
    # It takes a second to import: only those who run a playbook pay for it.
    import ansible_runner

    outcome, last_words = Outcome(), list[str]()

    def take(raw: Mapping[str, Any]) -> bool:
        for event in events.read(raw, FACT, mask):
            _note(event, outcome, last_words)
            if not isinstance(event, Found):
                tell(event)
        return False  # that is: keep no file of it

    def is_stopped() -> bool:
        if stop():
            # ansible-runner ends ansible-playbook alone, and waits for those who still have its terminal
            leftovers.end(call.folder)
        return stop()

    with _own_folder(call.folder), _bare_environment(call.folder / "bin"):
        bring_sshpass(call.folder / "bin")
        _write_settings(call.folder)
        runner = ansible_runner.run(
            private_data_dir=str(call.folder),
            project_dir=str(ansible_folder()),
            playbook=call.playbook,
            inventory=[str(path) for path in inventories(call.inventory)],
            cmdline=_command_line(call),
            envvars=_environment(call.folder),
            suppress_env_files=True,
            quiet=True,
            ident="run",
            event_handler=take,
            cancel_callback=is_stopped,
        )
    outcome.stopped = runner.status == "canceled"
    _conclude(outcome, runner.rc, call.playbook, last_words)
    return outcome


def check_arguments(arguments: Sequence[str]) -> None:
    """Have ansible-playbook's own parser look at its arguments, before anything is begun.

    Raises:
        UsageError: it would refuse them.
    """
    words = [sys.executable, "-c", _PARSE, *arguments]
    try:
        proc.run(words, timeout=_PARSE_SECONDS)
    except proc.ProcessFailed as error:
        what = error.result.stderr.rpartition("error: ")[2].strip() or "arguments that ansible-playbook does not take"
        raise UsageError(f"ansible-playbook: {what}", todo="see `ansible-playbook --help`") from error


def fault(event: NodeTold) -> StepError:
    """What a failed task, or a node that cannot be reached, is told as."""
    if event.result == events.UNREACHABLE:
        todo = "is it on, and its cable in? `airlock-site ping` tells more of it; then run again"
        return StepError("cannot be reached", where=event.node, why=event.why, todo=todo)
    return StepError(f"the task {event.task!r} failed", where=event.node, why=event.why)


def inventories(hosts: Path) -> tuple[Path, Path]:
    """What ansible-playbook is given as inventory: a site's hosts, then where these are reached."""
    return hosts, ansible_folder() / "inventory/addresses.yml"


def ansible_folder() -> Path:
    """Where our playbooks and roles are."""
    return Path(str(resources.files("airlock_installer") / "ansible"))


def bring_sshpass(folder: Path) -> None:
    """Put ours into a new folder, where Ansible is to look first; it says why."""
    with atomic.disk_errors(folder):
        folder.mkdir()
    program = f"#!{sys.executable} -IS\n{Path(sshpass.__file__).read_text('utf-8')}"
    atomic.write(folder / "sshpass", program, mode=0o700)


def _conclude(outcome: Outcome, status: int, playbook: str, last_words: Sequence[str]) -> None:
    """What the status says of the faults: none where a block rescued them; one where no task failed."""
    if status == 0:
        outcome.faults.clear()
    elif not outcome.faults and not outcome.stopped:
        why = _complaint("\n".join(last_words))
        raise StepError(f"ansible-playbook ended with status {status}", where=playbook, why=why)


def _complaint(words: str) -> str:
    """What Ansible said last, from its complaint on where there is one."""
    _, error, rest = words.rpartition("ERROR! ")
    return f"{error}{rest}".strip()


def _note(event: Event, outcome: Outcome, last_words: list[str]) -> None:
    if isinstance(event, NodeTold) and event.result in (events.FAILED, events.UNREACHABLE):
        outcome.faults.append(fault(event))
    elif isinstance(event, Found):
        outcome.facts[event.node] = event.evidence
    elif isinstance(event, Recap):
        outcome.counts = {node: dict(counts) for node, counts in event.counts.items()}
    elif isinstance(event, Printed):
        last_words[:] = [*last_words, *event.lines][-_LAST_WORDS:]


@contextlib.contextmanager
def _own_folder(folder: Path) -> Iterator[None]:
    """A folder for root alone, gone afterwards with all processes of the run: what Ansible writes is not masked."""
    with atomic.disk_errors(folder):
        folder.mkdir(parents=True, mode=0o700)
    try:
        yield
    finally:
        leftovers.end(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _write_settings(folder: Path) -> None:
    """ansible-runner forgets settings that it is given, unless it finds such a file too."""
    settings = {"suppress_ansible_output": True, "suppress_output_file": True, "pexpect_timeout": _ATTENTION}
    atomic.write(folder / "env/settings", json.dumps(settings))


def _command_line(call: Call) -> str:
    extra = call.folder / "variables.json"
    atomic.write(extra, json.dumps(dict(call.variables), sort_keys=True), mode=0o600)
    key = [f"--private-key={call.key}"] if call.key.is_file() else []
    return shlex.join([f"--user={call.user}", *key, f"--extra-vars=@{extra}", *call.arguments])


def _environment(folder: Path) -> dict[str, str]:
    return {
        leftovers.VARIABLE: str(folder),
        "ANSIBLE_CONFIG": str(ansible_folder() / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        # ansible-runner switches it off where nothing is said; ansible.cfg says how new hosts are taken.
        "ANSIBLE_HOST_KEY_CHECKING": "True",
    }


@contextlib.contextmanager
def _bare_environment(first: Path) -> Iterator[None]:
    """Our own environment without what it inherited: ansible-runner hands it on and writes it into its artifacts.

    Args:
        first: the folder where programs are looked for first.
    """
    kept = dict(os.environ)
    built = proc.environment()
    os.environ.clear()
    os.environ.update({**built, "PATH": os.pathsep.join([str(first), str(Path(sys.executable).parent), built["PATH"]])})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
