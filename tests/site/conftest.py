"""The demo's medium, a deployer installed from it, and the guide's platform of eight nodes."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests import demo
from tests.site import disc, node, platform, roots, shared, state
from tests.site.guide import Walk
from tests.site.landed import Landed, land
from tests.site.node import Node
from tests.site.platform import Platform
from tests.site.state import State
from tests.site.tally import Row, Tally

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
STAGES = ("site", "prepared", "preflighted", "available", "clean_before_landing", "landed", "clean")
"""How far the guide has been followed, by fixture: what a test asks for that is later than all else is its stage."""
NONE = -1
"""The stage of tests that have machines of their own."""
TOLD = pytest.StashKey[Tally]()
"""What faults came to, in all processes."""


class Order:
    """Lets the guide be followed once for each platform, and each test have it while it is at that stage."""

    @pytest.hookimpl(trylast=True)  # tests/conftest.py has an order for other tests
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """In the order of stages."""
        items.sort(key=_stage)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> shared.Scheduler:
    """Have each platform in one process of several."""
    return shared.Scheduler(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Have the order, and a place for what faults came to."""
    config.pluginmanager.register(Order())
    config.stash[TOLD] = Tally()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of several has ended: keep what faults came to there."""
    for row in getattr(node, "workeroutput", {}).get("faults", []):
        node.config.stash[TOLD].rows[row["fault"]] = Row(**row)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table, or tell its rows to the process that started this one."""
    told = session.config.stash[TOLD]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["faults"] = [asdict(row) for row in told.rows.values()]
    elif told.rows:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(told.table)


def _stage(item: pytest.Item) -> int:
    names = item.fixturenames if isinstance(item, pytest.Function) else []
    return max((STAGES.index(name) for name in names if name in STAGES), default=NONE)


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
            running.check(demo.UP, 180)
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
def tally(pytestconfig: pytest.Config) -> Tally:
    """The table of faults, in build/site/faults.md when all is over."""
    return pytestconfig.stash[TOLD]
