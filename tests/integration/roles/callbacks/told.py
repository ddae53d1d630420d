"""Ansible's callback that tells each result as one line of JSON: for tests that look at what roles say."""

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: told
type: stdout
short_description: Results as lines of JSON
description: Each result of a task on a node, with its differences.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Prints results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "told"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._tell("changed" if result.is_changed() else "ok", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._tell("skipped", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._tell("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._tell("failed", result)

    def _tell(self, how: str, result: Any) -> None:
        told = {"how": how, "node": result._host.get_name(), "task": result._task.get_name(), "result": result._result}
        self._display.display(json.dumps(told, default=str))
