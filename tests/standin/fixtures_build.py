"""Makes the committed fixtures anew: ``python -m tests.standin.fixtures_build DIR`` fills the new folder DIR.

What stands in tests/standin/fixtures was made so. Everything but the RPMs and their metadata has the same bytes on
any machine; those depend on the versions of the tools, which ``versions.json`` records.
"""

import json
import platform
import sys
import zlib
from pathlib import Path

from tests.standin.fixtures import charts, files, rpms, wheel
from tests.standin.run import run

VERSIONS = "versions.json"


def build(folder: Path) -> None:
    """Make all fixtures in ``folder``, which must not hold any."""
    rpms.build(folder / "small" / "rpms")
    charts.build(folder / "small" / "charts")
    files.build_small(folder / "small" / "files")
    wheel.build(folder / "small" / "pypi")
    files.build_releases(folder / "files")
    (folder / VERSIONS).write_text(json.dumps(versions(), indent=2, sort_keys=True) + "\n")


def versions() -> dict[str, str]:
    """Return what the bytes of RPMs and of their metadata depend on."""
    return {
        "rpm": run("rpm", "--version").split()[-1],
        "gpg": run("gpg", "--version").split()[2],
        "createrepo_c": run("createrepo_c", "--version").split()[1],
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.standin.fixtures_build DIR")
    build(Path(sys.argv[1]))
