"""Running a playbook through ansible-runner, and what came of it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from airlock_core import atomic, proc
from airlock_core.errors import AirlockError, StepError

FACT = "airlock_gate"
"""The fact that a gate's playbook leaves on every node."""

_COUNTS = ("ok", "changed", "dark", "failures", "skipped", "rescued", "ignored")


@dataclass
class Outcome:
    """What a playbook came to.

    Args:
        counts: by node: Ansible's counts (``ok``, ``changed``, ``dark`` for unreachable, ``failures``…).
        faults: failed tasks and unreachable nodes.
        facts: what the fact :data:`FACT` holds, by node.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[AirlockError] = field(default_factory=list)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One run of a playbook.

    Args:
        playbook: file below ``ansible/``.
        inventory: the site's ``hosts``.
        variable_files: files of variables, the later ones win.
        variables: further variables; no secret may be among them.
        folder: where its artifacts and log go.
        user: who logs in to the nodes.
        key: that user's ssh key.
        arguments: further arguments of ansible-playbook.
    """

    playbook: str
    inventory: Path
    variable_files: Sequence[Path]
    variables: Mapping[str, Any]
    folder: Path
    user: str
    key: Path
    arguments: Sequence[str] = ()


def run(call: Call, tell: Callable[[str], None]) -> Outcome:
    """Run a playbook to its end, telling its output line by line.

    Raises:
        StepError: ansible-playbook did not even begin.
    """
    # It takes a second to import: only those who run a playbook pay for it.
    import ansible_runner

    call.folder.mkdir(parents=True, exist_ok=True)
    outcome = Outcome()
    with _bare_environment():
        runner = ansible_runner.run(
            private_data_dir=str(call.folder),
            project_dir=str(ansible_folder()),
            playbook=call.playbook,
            inventory=str(call.inventory),
            cmdline=_command_line(call),
            envvars=_environment(call.folder),
            settings={"suppress_ansible_output": True},
            suppress_env_files=True,
            quiet=True,
            ident=Path(call.playbook).stem,
            event_handler=lambda event: _take(event, outcome, tell),
        )
    if runner.rc != 0 and not outcome.faults:
        log = call.folder / "artifacts" / Path(call.playbook).stem / "stdout"
        raise StepError(f"ansible-playbook ended with status {runner.rc}", where=call.playbook, todo=f"see {log}")
    return outcome


def ansible_folder() -> Path:
    """Where our playbooks and roles are."""
    return Path(str(resources.files("airlock_installer") / "ansible"))


def _command_line(call: Call) -> str:
    extra = call.folder / f"{Path(call.playbook).stem}-variables.json"
    atomic.write(extra, json.dumps(dict(call.variables), sort_keys=True))
    key = [f"--private-key={call.key}"] if call.key.is_file() else []
    files = [f"--extra-vars=@{path}" for path in (*call.variable_files, extra)]
    words = [f"--user={call.user}", *key, *files, *call.arguments]
    return " ".join(f"'{word}'" for word in words)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "ANSIBLE_CONFIG": str(ansible_folder() / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "ANSIBLE_NOCOLOR": "1",
        # ansible-runner switches it off where nothing is said; ansible.cfg says how new hosts are taken.
        "ANSIBLE_HOST_KEY_CHECKING": "True",
    }


@contextlib.contextmanager
def _bare_environment() -> Iterator[None]:
    """Our own environment without what it inherited: ansible-runner hands it on and writes it into its artifacts."""
    kept = dict(os.environ)
    built = proc.environment()
    os.environ.clear()
    os.environ.update({**built, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{built['PATH']}"})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _take(event: Mapping[str, Any], outcome: Outcome, tell: Callable[[str], None]) -> bool:
    data = event.get("event_data", {})
    kind, host = event.get("event"), data.get("host", "")
    for line in str(event.get("stdout") or "").splitlines():
        tell(line)
    if kind in ("runner_on_failed", "runner_on_unreachable") and not data.get("ignore_errors"):
        outcome.faults.append(_fault(host, data))
    elif kind == "runner_on_ok":
        facts = (data.get("res") or {}).get("ansible_facts") or {}
        if FACT in facts:
            outcome.facts[host] = facts[FACT]
    elif kind == "playbook_on_stats":
        hosts = {name for counts in _COUNTS for name in data.get(counts, {})}
        outcome.counts = {name: {key: data.get(key, {}).get(name, 0) for key in _COUNTS} for name in sorted(hosts)}
    return True


def _fault(host: str, data: Mapping[str, Any]) -> AirlockError:
    result = data.get("res") or {}
    items = [item for item in result.get("results", []) if item.get("failed")]
    said = "; ".join(str(each.get("msg") or each.get("stderr") or "failed") for each in (items or [result]))
    return StepError(f"the task {data.get('task', '?')!r} failed", where=host, why=said)
