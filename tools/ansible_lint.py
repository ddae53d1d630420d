"""ansible-lint over our playbooks and roles: `python -m tools.ansible_lint`.

It takes as long as all else of lint together, and says the same of the same files: what passed once is not looked at
again.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from tests.standin import cache

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "installer/airlock_installer/ansible"
WORDS = ("--offline", "-q")
PROGRAMS = ("ansible-lint", "ansible-core", "ansible-compat", "yamllint")


def main() -> int:
    """Look, unless these files are known to be good; the exit status."""
    versions = [f"{name}=={version(name)}" for name in PROGRAMS]
    key = cache.key_of(FOLDER, *WORDS, *versions)
    try:
        cache.artifact("ansible-lint", key, _look)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


def _look(_: Path) -> None:
    """Nothing is kept but that it passed."""
    program = Path(sys.executable).with_name("ansible-lint")
    subprocess.run([program, *WORDS, FOLDER.relative_to(ROOT)], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
