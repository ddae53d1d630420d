"""pip for another Python than runs it: ``python -P pip_program.py MARKERS PIP-ARGUMENTS…``.

pip chooses wheels for the Python that it is told of, and judges environment markers by the one that runs it (seen with
23.0), so that a requirement for that other Python alone would be missed. And it builds what has no wheel where a URL
leads to its sources, which is to run a stranger's program. Here markers mean what MARKERS says, as JSON, and nothing is
built.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any, NoReturn


def main(arguments: list[str]) -> int:
    """Run pip."""
    meant = json.loads(arguments[0])
    import_module("pip._vendor.packaging.markers").default_environment = lambda: dict(meant)  # type: ignore[attr-defined]
    refusal = import_module("pip._internal.exceptions").InstallationError

    def refuse(self: Any, *_: Any) -> NoReturn:
        raise refusal(f"{self.req} is no wheel, and nothing is built here")

    import_module("pip._internal.distributions.sdist").SourceDistribution.prepare_distribution_metadata = refuse
    return int(import_module("pip._internal.cli.main").main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
