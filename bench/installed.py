"""airlock as users have it: packages in an environment of their own, compiled, with no hook of an editable install.

The tools that it is measured beside come from a distribution, which has their bytecode; so it has its own too, and what
it depends on is taken from the environment that runs the benchmark, where the installer compiled it.
"""

from __future__ import annotations

import compileall
import shutil
import sys
import sysconfig
import venv
from pathlib import Path

import airlock_builder
import airlock_core
import airlock_installer

_SCRIPT = """\
#!{python}
import sys
from airlock_builder.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""


def install(folder: Path) -> Path:
    """Install what a wheel of this tree would bring; the program's path.

    Args:
        folder: for the environment, which is made.
    """
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    for package in (airlock_core, airlock_builder, airlock_installer):
        source = Path(package.__path__[0])
        shutil.copytree(source, site / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    dependencies = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "dependencies.pth").write_text("\n".join(dependencies))
    compileall.compile_dir(site, quiet=1)
    script = program(folder)
    script.write_text(_SCRIPT.format(python=interpreter(folder)))
    script.chmod(0o755)
    return script


def program(folder: Path) -> Path:
    """`airlock` in such an environment."""
    return folder / "bin" / "airlock"


def interpreter(folder: Path) -> Path:
    """Its Python, for what imports airlock's packages."""
    return folder / "bin" / "python"
