"""A deployer with small steps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.steps.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A deployer, a site, and no process of its runs afterwards."""
    made = Bench(tmp_path).make()
    yield made
    made.end_processes()
