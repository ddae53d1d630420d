"""What may be chosen beside module streams, compared with dnf's own answer on the same metadata."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.modules import modulemd, streams
from airlock_builder.lock.rpms.modules.index import ModuleIndex
from airlock_builder.lock.rpms.modules.streams import Active, Wish, Wishes
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.lock.rpms.solving.visible import visible
from airlock_builder.manifest.model import Repo
from airlock_core.errors import AirlockError
from tests import realdata
from tests.integration.rpms.asking import REFUSED, ask
from tests.unit.builder.lock.rpms.made import Made, repo
from tests.unit.builder.lock.rpms.modules.documents import default, stream

pytestmark = [pytest.mark.integration, pytest.mark.long]

REAL_CHOICES, SEED = 40, 20240101
MADE_REPOSITORIES, CHOICES_EACH = 12, 6


def test_streams_of_enterprise_linux_8_show_and_hide_what_dnf_does(tmp_path: Path) -> None:
    text = (realdata.folder("repodata/el8/modules.yaml") / "repodata/el8/modules.yaml").read_text()
    names = _names(text)
    repos = [
        repo(tmp_path / "app", *map(Made, sorted(_artifacts(text))), modules=text),
        repo(tmp_path / "base", *_rivals(names)),
        repo(tmp_path / "hot", *(Made(f"{name}-0:2000-1.noarch") for name in names[::9]), module_hotfixes=True),
    ]
    _compare(repos, [text], _choices(text, random.Random(SEED), REAL_CHOICES), tmp_path / "root")


@pytest.mark.parametrize("seed", range(MADE_REPOSITORIES))
def test_made_streams_show_and_hide_what_dnf_does(seed: int, tmp_path: Path) -> None:
    made = random.Random(seed)
    texts = [_modules(made), _modules(made)]
    text = "".join(texts)
    repos = [
        repo(tmp_path / f"r{number}", *map(Made, sorted(_artifacts(one))), modules=one)
        for number, one in enumerate(texts)
    ]
    repos.append(repo(tmp_path / "rivals", *_rivals(_names(text))))
    _compare(repos, texts, _choices(text, made, CHOICES_EACH), tmp_path / "root")


def _compare(repos: Sequence[Repo], texts: Sequence[str], cases: Sequence[Mapping[str, Any]], root: Path) -> None:
    answers = ask(repos, cases, root, visible=True)
    index = ModuleIndex.merge(modulemd.parse(text.encode(), where="modules.yaml") for text in texts)
    for case, answer in zip(cases, answers, strict=True):
        if answer["problem"] in REFUSED:
            with pytest.raises(AirlockError):
                _activate(index, case)
            continue
        active = _activate(index, case)
        assert sorted(map(str, active.streams)) == answer["streams"], case
        assert _seen(repos, active) == answer["packages"], case


def _activate(index: ModuleIndex, case: Mapping[str, Any]) -> Active:
    wishes = Wishes(
        enable=tuple(Wish(text, "enable") for text in case["enable"]),
        disable=tuple(Wish(text, "disable") for text in case["disable"]),
    )
    return streams.activate(index, wishes, major=8, arch="x86_64")


def _seen(repos: Sequence[Repo], active: Active) -> list[str]:
    universe = Universe("x86_64")
    for one in repos:
        path = Path(one.baseurl[0].removeprefix("file://")) / "repodata/primary"
        universe.add(one, one.id)
        universe.read_primary(one.id, Document(path, one.id))
    universe.index()
    found = [universe.pool.id2solvable(number) for number in visible(universe, repos, active).ids]
    return sorted(f"{one} {one.repo.name}" for one in found if one.arch not in ("src", "nosrc"))


def _artifacts(text: str) -> set[str]:
    parsed = modulemd.parse(text.encode(), where="modules.yaml")
    return {artifact for one in parsed.streams for artifact in one.artifacts}


def _names(text: str) -> list[str]:
    return sorted({artifact.rsplit("-", 2)[0] for artifact in _artifacts(text)})


def _rivals(names: Sequence[str]) -> list[Made]:
    """Packages of the same names that are in no module, and others that provide these names."""
    same = [Made(f"{name}-0:999-1.x86_64") for name in names]
    return [*same, *(Made(f"rival-of-{name}-0:1-1.noarch", provides=(name,)) for name in names)]


def _choices(text: str, chosen: random.Random, count: int) -> list[dict[str, Any]]:
    known: dict[str, set[str]] = {}
    for one in modulemd.parse(text.encode(), where="modules.yaml").streams:
        known.setdefault(one.name, set()).add(one.stream)
    cases: list[dict[str, Any]] = [{"enable": [], "disable": []}]
    for _ in range(count):
        names = chosen.sample(sorted(known), chosen.randint(0, min(4, len(known))))
        enabled = [f"{name}:{chosen.choice(sorted(known[name]))}" for name in names[1:]]
        cases.append({"enable": enabled, "disable": names[: chosen.randint(0, 1)]})
    return cases


def _modules(made: random.Random) -> str:
    """A modules.yaml with a little of everything that decides."""
    parts: list[str] = []
    for name in ("a", "b", "c", "d"):
        streams_of = made.sample(["1", "2", "3"], made.randint(1, 3))
        for one in streams_of:
            for number in range(made.randint(1, 3)):
                parts.append(_stream(made, name, one, number))
        if made.random() < 0.7:
            modified = made.choice([0, 0, 202001010000, 202101010000])
            parts.append(default(name, made.choice(["1", "2", ""]), "{'1': [common]}", modified))
    return "".join(parts)


def _stream(made: random.Random, name: str, stream_name: str, number: int) -> str:
    others = [other for other in "abcd" if other > name]
    kinds = ["'1'", "'2'", "'3'"], ["'-1'", "'-2'"]
    needed = {other: made.sample(made.choice(kinds), made.randint(0, 2)) for other in others}
    wanted = {other: texts for other, texts in needed.items() if made.random() < 0.35}
    platform = made.choice(["[el8]", "[el8]", "[el8]", "[]", "['-el9']", "[el9]"])
    requires = ", ".join([f"platform: {platform}", *(f"{key}: [{', '.join(texts)}]" for key, texts in wanted.items())])
    version = made.randint(1, 3)
    build = f"{stream_name}.{version}.{number}-1"
    rpms = [f"{name}{part}-0:{build}.{made.choice(['x86_64', 'noarch'])}" for part in ("", "-x")]
    more = [made.choice(["", "static_context: true"]), made.choice(["", "", f"demodularized: {{rpms: [{name}-x]}}"])]
    return stream(
        name,
        stream_name,
        requires,
        context=f"ctx{number}",
        version=version,
        arch=made.choice(["x86_64", "x86_64", "x86_64", "aarch64", "i686"]),
        rpms=[*rpms, f"{name}-0:{build}.src"],
        more="\n  ".join(filter(None, more)),
    )
