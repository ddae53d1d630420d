"""A callback plugin of Ansible: writes how long each task of a playbook took. It runs on the deployer."""

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: times
type: aggregate
short_description: Writes how long each task took
description: One line of JSON for each playbook, into the file that $TIMES names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Adds up the seconds from a task's start to the next one's, by their names."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._playbook, self._task, self._since = "", "", float(os.environ["BEGAN"])
        self._start = 0.0
        self._tasks: dict[str, float] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Ansible's call: a playbook was read."""
        self._playbook = Path(playbook._file_name).name  # noqa: SLF001 - there is no other way to it

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Ansible's call: a task begins."""
        self._begin(task)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Ansible's call: a handler begins."""
        self._begin(task)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Ansible's call: the end."""
        self._end()
        told = {"playbook": self._playbook, "start": self._start, "tasks": self._tasks}
        with Path(os.environ["TIMES"]).open("a") as file:
            file.write(json.dumps(told) + "\n")

    def _begin(self, task: Any) -> None:
        self._end()
        self._task = task.get_name()

    def _end(self) -> None:
        now = time.time()
        if self._task:
            self._tasks[self._task] = self._tasks.get(self._task, 0.0) + now - self._since
        else:
            self._start = now - self._since
        self._since = now
