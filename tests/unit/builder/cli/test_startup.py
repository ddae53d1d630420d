"""What a command loads before it works: start-up time is that of its imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MANIFEST = """
apiVersion: airlock/v1
kind: Release
metadata: {name: small, version: "1", number: 1}
platform: {os: rocky, release: "9"}
"""
HEAVY = {
    "createrepo_c",
    "ctypes",
    "pydantic",
    "pykickstart",
    "requests",
    "rich",
    "solv",
    "ssl",
    "urllib3",
    "zstandard",
}
"""Libraries that take tens of milliseconds each."""


def loaded(*words: str | Path) -> set[str]:
    """The top-level modules that a command has loaded when it ends well."""
    program = (
        "import sys\n"
        "from airlock_builder.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program, *(str(word) for word in words)]
    return set(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stderr.split())


def test_help_loads_no_library_but_the_parser_of_options() -> None:
    assert not loaded("--help") & {*HEAVY, "yaml"}


def test_lock_loads_no_library_that_its_manifest_does_not_need(tmp_path: Path) -> None:
    manifest = tmp_path / "small.yaml"
    manifest.write_text(MANIFEST)
    needless = HEAVY - {"solv"}
    assert not loaded("lock", "--dry-run", "-m", manifest, "--store", tmp_path / "store") & needless
