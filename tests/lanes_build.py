"""The compiled part of ``airlock_core.lanes`` built from its source, as an installation builds it (pyproject.toml)."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sysconfig
import tomllib
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def build(folder: Path, root: Path = ROOT) -> Path:
    """Compile and link into a folder, with the flags that setuptools takes from Python and from pyproject.toml."""
    (made,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["ext-modules"]
    python = sysconfig.get_config_vars()
    compiler = shlex.split(f"{python['CC']} {python['CFLAGS']} {python['CCSHARED']}")
    macros = [f"-D{name}={value}" for name, value in made["define-macros"]]
    about = [f"-I{sysconfig.get_path('include')}", *macros, *made["extra-compile-args"], "-Wall", "-Wextra", "-Werror"]
    name = made["name"].rpartition(".")[2]
    part, target = folder / f"{name}.o", folder / f"{name}.abi3.so"
    subprocess.run([*compiler, *about, "-c", *made["sources"], "-o", part], cwd=root, check=True)
    linker = shlex.split(python["LDSHARED"])
    subprocess.run([*linker, part, "-o", target, *made["extra-link-args"]], cwd=root, check=True)
    return target


def imported(path: Path) -> ModuleType:
    """The module in a file that was built."""
    name = "airlock_core.lanes._sha256"
    loader = ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
