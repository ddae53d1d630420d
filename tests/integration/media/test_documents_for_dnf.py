"""comps.xml and modules.yaml as the medium has them, read by the dnf that a site would use."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.lock.rpms.closure import Closure, close
from airlock_builder.lock.rpms.content import asks
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.package import Package
from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_builder.stage import comps, modules
from airlock_core.locks.rpms import LockedRpm
from tests.integration.rpms.asking import ask
from tests.repositories import reached
from tests.standin.run import run
from tests.unit.builder.lock.rpms.made import Made, repo
from tests.unit.builder.lock.rpms.modules.documents import default, obsoletes, stream

pytestmark = pytest.mark.integration

NODE = [f"{name}-1:18-1.x86_64" for name in ("nodejs", "npm")]
OLD = ["nodejs-1:10-1.x86_64", "nodejs-libs-1:10-1.x86_64"]
WEB = ["web-0:1-1.x86_64", "web-extra-0:1-1.noarch"]
MODULES = "".join(
    [
        stream("nodejs", "10", rpms=OLD),
        stream("nodejs", "18", "platform: [el8], runtime: ['1']", context="a", rpms=[]),
        stream("nodejs", "18", "platform: [el8], runtime: ['1']", context="b", version=2, rpms=NODE),
        stream("nodejs", "18", "platform: [el8], runtime: ['2']", context="c", version=2, rpms=["npm-1:18-2.x86_64"]),
        stream("runtime", "1", rpms=["runtime-0:1-1.x86_64"]),
        stream("runtime", "2", rpms=["runtime-0:2-1.x86_64"]),
        stream("web", "1", rpms=WEB),
        default("nodejs", "10", "{'10': [common], '18': [common]}"),
        default("runtime", "1"),
        default("web", "1"),
        obsoletes("nodejs", "10", "nodejs:18", more='eol_date: "2099-01-01T00:00Z"'),
    ]
)
COMPS = """<comps><group><id>tools</id><name>Tools</name><name xml:lang="de">Werkzeuge</name>
<packagelist><packagereq type="mandatory">hammer</packagereq><packagereq type="optional">saw</packagereq></packagelist>
</group><group><id>empty</id><name>Empty</name><packagelist><packagereq>saw</packagereq></packagelist></group>
<environment><id>shop</id><name>Shop</name><grouplist><groupid>tools</groupid><groupid>empty</groupid></grouplist>
</environment></comps>"""


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> list[Repo]:
    folder = tmp_path_factory.mktemp("upstream")
    modular = [Made(nevra) for nevra in (*OLD, *NODE, "npm-1:18-2.x86_64", *WEB, "runtime-0:1-1.x86_64")]
    plain = [Made("nodejs-1:99-1.x86_64"), Made("hammer-1-1.noarch"), Made("saw-1-1.noarch")]
    return [
        repo(folder / "app", *modular, *plain, modules=MODULES, comps=COMPS),
        repo(folder / "vendor", Made("web-2-1.x86_64", requires=("web-extra",)), module_hotfixes=True),
    ]


@pytest.fixture(scope="module")
def medium(upstream: list[Repo], tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository of what a release needs, with the documents that staging writes."""
    folder = tmp_path_factory.mktemp("medium")
    rpms = checked(Rpms, {"repos": upstream, "packages": ["@nodejs:18", "web", "@tools"]})
    closure = _closed(rpms, folder / "cache")
    packages = [_locked(closure, package) for package in closure.packages]
    required = [str(one) for one in closure.required]
    described = modules.restricted([("modules.yaml", MODULES.encode())], packages, required)
    groups = comps.merged([("comps.xml", COMPS.encode())], {package.name for package in packages})
    made = [Made(f"{one.name}-{one.evr}.{one.arch}") for one in packages]
    return repo(folder / "BaseOS", *made, modules=described.decode(), comps=groups.decode())


def test_dnf_hides_nothing_of_the_medium_without_a_word_from_anyone(medium: Repo, tmp_path: Path) -> None:
    (answer,) = ask([medium], [{}], tmp_path, visible=True)
    assert answer["problem"] == 0
    assert answer["packages"] == [
        "hammer-1-1.noarch BaseOS",
        "nodejs-1:18-1.x86_64 BaseOS",
        "web-2-1.x86_64 BaseOS",
        "web-extra-1-1.noarch BaseOS",
    ]
    assert {one.split(":")[0] for one in answer["streams"]} == {"nodejs", "runtime", "web"}


def test_dnf_installs_modules_groups_and_environments_from_the_medium(medium: Repo, tmp_path: Path) -> None:
    cases = [{"install": [text]} for text in ("@nodejs:18", "@nodejs", "@nodejs:18/common", "@tools", "@shop", "web")]
    node, tools = ["nodejs-1:18-1.x86_64 BaseOS"], ["hammer-1-1.noarch BaseOS"]
    found = [answer.get("packages") for answer in ask([medium], cases, tmp_path)]
    assert found == [node, node, node, tools, tools, ["web-2-1.x86_64 BaseOS"]]


def test_the_commands_list_streams_and_groups(medium: Repo, tmp_path: Path) -> None:
    options = (
        *("--quiet", "--releasever=8", "--setopt=reposdir=/nonexistent", f"--setopt=cachedir={tmp_path}/cache"),
        *("--setopt=module_platform_id=platform:el8", f"--installroot={tmp_path}/root"),
        f"--repofrompath=medium,{medium.baseurl[0]}",
    )
    streams = run("dnf", *options, "module", "list")
    assert "18 [d]" in streams
    assert "common [d]" in streams
    assert "10" not in streams
    assert "Tools" in run("dnf", *options, "group", "list", "--hidden")
    told = run("dnf", *options, "module", "info", "nodejs:18")
    assert "runtime:[1]" in told


def _closed(rpms: Rpms, cache: Path) -> Closure:
    platform = Platform(os="rocky", release="8.10")
    with HttpClient() as http:
        metadata = Metadata(reached(http, cache, rpms), cache)
        asked = asks([(None, rpms)])
        return close(metadata, metadata.states(rpms.repos), asked, platform)


def _locked(closure: Closure, package: Package) -> LockedRpm:
    nevra, stream_of = package.nevra, closure.streams.get(package.nevra)
    return LockedRpm(
        name=nevra.name,
        evr=nevra.evr,
        arch=nevra.arch,
        url=f"http://h/{nevra}.rpm",
        repoid=package.repoid,
        size=package.size,
        checksum=package.checksum,
        module=str(stream_of) if stream_of else None,
    )
