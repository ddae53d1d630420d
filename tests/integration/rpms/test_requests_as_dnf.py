"""What requests come to, compared with what dnf itself would install from the same metadata."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import AirlockError
from tests.integration.rpms.asking import ask
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo
from tests.unit.builder.lock.rpms.modules.documents import default, stream

pytestmark = [pytest.mark.integration, pytest.mark.long]

MADE_REPOSITORIES, CASES_EACH = 12, 8
NAMES = [f"{word}{end}" for word in ("ant", "bee", "cat", "dog", "elk", "fox") for end in ("", "-libs", "-devel", "2")]
ARCHES = ("x86_64", "x86_64", "x86_64", "noarch", "i686")
REQUESTS = """{name}
{name}
{name}.{arch}
{name}.*
{start}*
{start}?
*-libs.{arch}
{name}-1*
{name}-1-1.el8
{name}-1-1.el8.{arch}
{name}-0:1-1.el8.{arch}
{name}-1:2*
{name}-1.5
{name}-[12]-1.el8
[a-c]*2
{library}
libant*
{name} >= 1.5
{name} < 2
virtual-{name} = 2
virtual
({name} or {other})
/usr/bin/{name}
/etc/{start}*.conf
*/bin/{name}
/usr/bin/virtual
@Alpha
@Group beta
@ALPHA
@b*
@server
@beta/mandatory,optional
@Alpha/default,conditional
@ant
@ant:1
@bee:2/full
@cat/common
@bee:*/full"""
PATTERNS = """{name}
{name}-1*
{start}*
{name}.{arch}
*.i686
{name}-1-1.el8"""
LIBRARIES = [f"lib{word}.so.{number}()(64bit)" for word in ("ant", "bee", "cat") for number in (1, 2)]


@pytest.mark.parametrize("seed", range(MADE_REPOSITORIES))
def test_what_is_asked_for_comes_to_what_dnf_installs(seed: int, tmp_path: Path) -> None:
    made = random.Random(seed)
    repos = [_repo(made, tmp_path / f"r{number}") for number in range(made.randint(1, 3))]
    cases = [_case(made) for _ in range(CASES_EACH)]
    for case, answer in zip(cases, ask(repos, cases, tmp_path / "root"), strict=True):
        ours = _closed(repos, case, tmp_path / "cache")
        if "error" in answer:
            assert isinstance(ours, AirlockError), f"{case}: dnf says {answer['error']}, we take {ours}"
        else:
            assert ours == answer["packages"], f"{case}: {ours}"


def _closed(
    repos: Sequence[Repo], case: Mapping[str, Any], cache: Path, arch: str = "x86_64"
) -> list[str] | AirlockError:
    rpms = checked(
        Rpms,
        {
            "repos": list(repos),
            "packages": [*case["install"], *(f"-{text}" for text in case.get("without", []))],
            "exclude": case.get("exclude", []),
            "weak_deps": case.get("weak", False),
            "modules": {"enable": case.get("enable", []), "disable": case.get("disable", [])},
        },
    )
    platform = checked(Platform, {"os": "rocky", "release": "8.10", "arch": arch})
    try:
        with HttpClient() as http:
            found = closed_set([(None, rpms)], platform, reached(http, cache, rpms), cache)
    except AirlockError as fault:
        return fault
    return sorted(f"{nevra} {repoid}" for nevra, repoid in found)


def _repo(made: random.Random, folder: Path) -> Repo:
    packages = {package.nevra: package for package in (_package(made) for _ in range(made.randint(10, 30)))}
    modules, modular = _modules(made)
    facts: dict[str, Any] = {"priority": made.choice([99, 99, 99, 10]), "cost": made.choice([1000, 1000, 500])}
    if made.random() < 0.2:
        facts["exclude"] = (_pattern(made),)
    if made.random() < 0.15:
        facts["include"] = tuple(_pattern(made) for _ in range(4))
    if made.random() < 0.15:
        facts["module_hotfixes"] = True
    listed = [*packages.values(), *(package for package in modular if package.nevra not in packages)]
    return repo(folder, *listed, modules=modules, comps=_comps(made), **facts)


def _package(made: random.Random) -> Made:
    name, version = made.choice(NAMES), made.choice(["1", "1.5", "2", "10"])
    epoch = made.choice(["", "", "", "1:"])
    return _filled(made, f"{name}-{epoch}{version}-{made.randint(1, 2)}.el8.{made.choice(ARCHES)}")


def _filled(made: random.Random, nevra: str) -> Made:
    """A package that requires others later in the alphabet alone, so that most of them can be installed."""
    name = nevra.rsplit("-", 2)[0]
    later = [other for other in NAMES if other > name]
    return Made(
        nevra,
        requires=_some(
            made, [*later[:3], f"{later[0]} >= 1", *LIBRARIES[:2], f"/usr/bin/{later[-1]}"] if later else []
        ),
        provides=_some(made, [*LIBRARIES, "virtual", f"virtual-{name} = {made.randint(1, 3)}", "/usr/bin/virtual"]),
        conflicts=_some(made, [f"{made.choice(NAMES)} < 1"], 0.1),
        obsoletes=_some(made, [f"{made.choice(NAMES)} < {made.choice(['1.2', '3'])}"], 0.1),
        recommends=_some(made, later[3:5], 0.15),
        supplements=_some(made, later[5:6], 0.15),
        files=(f"/usr/bin/{name}", f"/etc/{name}.conf"),
    )


def _some(made: random.Random, texts: Sequence[str], share: float = 0.2) -> tuple[str, ...]:
    return tuple(text for text in texts if made.random() < share)


def _modules(made: random.Random) -> tuple[str, list[Made]]:
    """Streams of one module with their packages, which are in the repository too."""
    if made.random() < 0.4:
        return "", []
    name, texts, packages = made.choice(("ant", "bee", "cat")), [], []
    for number in range(made.randint(1, 3)):
        nevras = [
            f"{own}-0:{number + 1}-1.module.{made.choice(['x86_64', 'noarch'])}" for own in (name, f"{name}-libs")
        ]
        packages += [_filled(made, nevra) for nevra in nevras]
        profiles = f"common: {{rpms: [{name}]}}, full: {{rpms: [{name}, {name}-libs, fox]}}"
        texts.append(stream(name, str(number + 1), rpms=nevras, profiles=profiles))
    told = ["", default(name, "1", "{'1': [common], '2': [full]}"), default(name, "2", "{'2': [full, common]}")]
    return "".join([*texts, made.choice(told)]), packages


def _comps(made: random.Random) -> str:
    groups = []
    for group in ("Alpha", "beta", "ant"):
        listed = "".join(_member(made) for _ in range(made.randint(1, 4)))
        groups.append(f"<group><id>{group}</id><name>Group {group}</name><packagelist>{listed}</packagelist></group>")
    listed = "".join(f"<groupid>{group}</groupid>" for group in made.sample(["Alpha", "beta", "ant", "lost"], 2))
    return (
        f"<comps>{''.join(groups)}<environment><id>server</id><name>A Server</name><grouplist>{listed}</grouplist>"
        "<optionlist><groupid>ant</groupid></optionlist></environment></comps>"
    )


def _member(made: random.Random) -> str:
    kind = made.choice(["mandatory", "mandatory", "default", "optional", "conditional"])
    hangs = made.choice(["", "", f' requires="{made.choice(NAMES)}"'])
    own = made.choice(["", "", ' basearchonly="true"'])
    return f'<packagereq type="{kind}"{hangs}{own}>{made.choice(NAMES)}</packagereq>'


def _case(made: random.Random) -> dict[str, Any]:
    case: dict[str, Any] = {"install": sorted({_request(made) for _ in range(made.randint(1, 3))})}
    if made.random() < 0.3:
        case["weak"] = True
    if made.random() < 0.3:
        case["exclude"] = [_pattern(made)]
    if made.random() < 0.2:
        case["without"] = [made.choice([made.choice(NAMES), "*-devel", "@beta"])]
    return case


def _request(made: random.Random) -> str:
    words = {"name": made.choice(NAMES), "other": made.choice(NAMES), "arch": made.choice(ARCHES)}
    return _worded(made, made.choice(REQUESTS.split("\n")), words)


def _pattern(made: random.Random) -> str:
    words = {"name": made.choice(NAMES), "arch": made.choice(ARCHES)}
    return _worded(made, made.choice(PATTERNS.split("\n")), words)


def _worded(made: random.Random, template: str, words: Mapping[str, str]) -> str:
    start = words["name"][:2]
    return template.format(**words, start=start, library=made.choice(LIBRARIES))
