"""The storage folder of a registry that holds the stand-in's images and charts, made once and kept in the cache."""

import shutil
import tempfile
from pathlib import Path

from tests.standin.cache import artifact, key_of
from tests.standin.fixtures import SMALL
from tests.standin.images import registry
from tests.standin.images.demo import TAG, write_layouts
from tests.standin.images.push import chart_metadata, push_chart, push_layout

OCI_CHARTS = tuple(sorted((SMALL / "charts").glob("pebble-api-*.tgz")))


def build() -> Path:
    """Return the folder; see ``registry.serve`` for how to use it as a seed."""
    own_sources = Path(__file__).parent
    return artifact("registry", key_of(own_sources, *OCI_CHARTS), _build)


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch, registry.serve(Path(scratch) / "registry") as running:
        for repository in write_layouts(Path(scratch) / "layouts"):
            push_layout(Path(scratch) / "layouts" / repository, TAG, running.address, repository)
        for chart in OCI_CHARTS:
            push_chart(chart, running.address, f"charts/{chart_metadata(chart)['name']}")
        shutil.copytree(running.storage, folder, dirs_exist_ok=True)
