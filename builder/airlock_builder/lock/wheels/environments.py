"""The environments of a release: requirements, and the Python that they are resolved for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.model import Manifest

_PYTHON = "3.11"
_INDEX = "https://pypi.org/simple"


@dataclass(frozen=True, order=True)
class Environment:
    """Requirements and what they are resolved for."""

    requirements: Path
    python: str
    index: str


def environments(manifest: Manifest) -> Iterator[tuple[str | None, Environment]]:
    """All of them, each with the option that has it; those of playbook projects are for the same Python."""
    for option, content in [(None, manifest), *sorted(manifest.options.items())]:
        for python in content.python:
            yield option, Environment(python.requirements, python.version, python.index)
        known = next(iter((*content.python, *manifest.python)), None)
        version, url = (known.version, known.index) if known else (_PYTHON, _INDEX)
        for playbook in content.playbooks:
            if playbook.requirements:
                yield option, Environment(playbook.requirements, version, url)


def markers(python: str, arch: str) -> dict[str, str]:
    """What environment markers mean at the site (PEP 508), with the first patch release of Python.

    Args:
        python: such as ``3.11``.
        arch: such as ``x86_64``.
    """
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": arch,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }
