"""The demo's medium, a deployer installed from it, and the guide's platform of eight nodes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import demo
from tests.site import disc, node, platform, roots, state
from tests.site.guide import Walk
from tests.site.landed import Landed, land
from tests.site.node import Node
from tests.site.platform import Platform
from tests.site.state import State
from tests.site.tally import Tally

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "build/site/faults.md"
PLACE = "/media/medium"
# This deployer has no drive: the medium is a folder there, found by its path and not by its label.
DROP_IN = f"""\
[Service]
ExecStart=
ExecStart=/usr/local/bin/airlock-site media mount --from {PLACE}
ExecStart=/usr/local/bin/airlock-site media verify -q
"""
STAGES = ("prepared", "preflighted", "available", "clean_before_landing", "landed", "clean")
"""How far the guide has been followed, by fixture: what a test asks for that is later than all else is its stage."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the guide be followed once, and each test have the platform while it is at that stage."""
    items.sort(key=lambda item: max((STAGES.index(name) for name in _asked(item) if name in STAGES), default=-1))


def _asked(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(scope="session")
def iso() -> Path:
    """The demo's ISO, built as `make demo` builds it."""
    return demo.built()


@pytest.fixture(scope="session")
def layer(iso: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the kickstart's %post makes of a root: a deployer, before its first boot."""
    return platform.deployer(iso, tmp_path_factory.mktemp("layer"))


@pytest.fixture(scope="session")
def deployer(iso: Path, layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A deployer of a site of one node, booted, its services up."""
    state = tmp_path_factory.mktemp("deployer")
    with disc.mounted(iso, state / "medium") as medium, node.overlay(state, layer, roots.root()) as root:
        folder = root / "etc/systemd/system/airlock-media.service.d"
        folder.mkdir()
        (folder / "container.conf").write_text(DROP_IN)
        with node.boot(root, state, {medium: PLACE}) as running:
            running.check("systemctl start airlock.target", 180)
            yield running


@pytest.fixture(scope="session")
def site(iso: Path, layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The guide's platform, booted."""
    with platform.booted(platform.EIGHT, iso, tmp_path_factory.mktemp("platform"), layer) as made:
        yield made


@pytest.fixture(scope="session")
def prepared(site: Platform) -> Walk:
    """The guide up to passwords that reach every node."""
    walk = Walk(site)
    walk.prepare()
    return walk


@pytest.fixture(scope="session")
def preflighted(prepared: Walk) -> Walk:
    """The guide up to its first step."""
    prepared.preflight()
    return prepared


@pytest.fixture(scope="session")
def available(preflighted: Walk) -> Walk:
    """The guide up to its second step."""
    preflighted.ha()
    return preflighted


@pytest.fixture(scope="session")
def clean_before_landing(available: Walk) -> State:
    """What the platform holds at this stage when nothing went wrong."""
    available.site.come_home()
    return state.of(available.site)


@pytest.fixture(scope="session")
def landed(available: Walk) -> Landed:
    """The guide up to registry and local repo on every control node."""
    return land(available)


@pytest.fixture(scope="session")
def clean(landed: Landed) -> State:
    """What the platform holds when the guide was followed and nothing went wrong."""
    return state.of(landed.site)


@pytest.fixture
def whole(landed: Landed, clean: State) -> Iterator[Platform]:
    """The platform, which must be afterwards what it was before."""
    yield landed.site
    assert state.difference(clean, state.of(landed.site)) == {}


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """The table of faults, in build/site/faults.md."""
    found = Tally()
    yield found
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(found.table)
