"""The compiled part, built from the source of this tree."""

from __future__ import annotations

import shlex
import shutil
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from tests import lanes_build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    compiler = shlex.split(sysconfig.get_config_vars()["CC"])[0]
    if shutil.which(compiler) is None or not Path(sysconfig.get_path("include"), "Python.h").is_file():
        pytest.skip(f"no {compiler} or no headers of Python: `make setup` installs them")
    return lanes_build.build(tmp_path_factory.mktemp("lanes"))


@pytest.fixture(scope="session")
def compiled(built: Path) -> ModuleType:
    """The module in it."""
    return lanes_build.imported(built)
