"""Locks for other tools: each in the shape that its documentation asks for, strictly."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from airlock_core import strict_yaml
from airlock_core.compare import compare
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import (
    ChartsLock,
    FilesLock,
    ImagesLock,
    LockedChart,
    LockedFile,
    LockedImage,
    LockedRepo,
    LockedRpm,
    ModuleMetadata,
    ReleaseLocks,
    RpmArch,
    RpmsLock,
)
from airlock_core.locks.export import exported, write_exported
from airlock_core.locks.reading import NEIGHBOURS, read_folder, whole

D = Digest.sha256(b"x")
CHECKSUM = r"^[a-zA-Z0-9]+:[a-zA-Z0-9]+$"
PINNED = r"^[a-z0-9.:-]+/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Rpm(Strict):
    """hermeto, docs/rpm.md, "RPM lockfile format"; all keys that rpm-lockfile-prototype writes."""

    url: str = Field(pattern=r"^https?://")
    repoid: str
    size: PositiveInt
    checksum: str = Field(pattern=CHECKSUM)
    name: str
    evr: str
    sourcerpm: str | None = None


class Document(Strict):
    url: str
    repoid: str
    size: PositiveInt
    checksum: str = Field(pattern=CHECKSUM)


class Arch(Strict):
    arch: str
    packages: list[Rpm] = Field(min_length=1)
    source: list[Rpm]
    module_metadata: list[Document]


class Rpms(Strict):
    lockfileVersion: Literal[1]  # noqa: N815
    lockfileVendor: Literal["redhat"]  # noqa: N815
    arches: list[Arch]


class Artifact(Strict):
    """hermeto, docs/generic.md: no key beyond these."""

    download_url: str = Field(pattern=r"^https?://")
    checksum: str = Field(pattern=CHECKSUM)
    filename: str


class Version(Strict):
    version: Literal["1.0"]


class Artifacts(Strict):
    metadata: Version
    artifacts: list[Artifact]


class Image(Strict):
    """imgpkg, "ImagesLock": annotations are texts."""

    image: str = Field(pattern=PINNED)
    annotations: dict[str, str]


class Images(Strict):
    apiVersion: Literal["imgpkg.carvel.dev/v1alpha1"]  # noqa: N815
    kind: Literal["ImagesLock"]
    images: list[Image]


class Dependency(Strict):
    name: str
    repository: str
    version: str


class Charts(Strict):
    """Helm, ``chart.Lock``: the time is RFC 3339."""

    dependencies: list[Dependency]
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    generated: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


SCHEMAS: Mapping[str, type[Strict]] = {
    "rpms.lock.yaml": Rpms, "artifacts.lock.yaml": Artifacts, ".imgpkg/images.yml": Images, "Chart.lock": Charts,
}  # fmt: skip


def rpm(name: str, url: str = "") -> LockedRpm:
    url = url or f"https://h/{name}-1-1.noarch.rpm"
    return LockedRpm(
        name,
        "1-1",
        "noarch",
        url,
        "base",
        5,
        Digest.sha256(name.encode()),
        f"{name}.src.rpm",
        "F" * 40,
        "m:1:2:c:x86_64",
        ("netapp",),
    )


def locks() -> ReleaseLocks:
    image = ImageRef("registry.test:5000", "a/b", digest=D)
    modules = ModuleMetadata("base", "https://h/modules.yaml", 3, D)
    return ReleaseLocks(
        RpmsLock(
            (RpmArch("x86_64", (rpm("b"), rpm("a")), (rpm("s"),), (modules,), ("glibc",)), RpmArch("aarch64")),
            (LockedRepo("base", D, "1"),),
        ),
        ImagesLock((LockedImage(image, "1", ("linux/amd64",), 9), LockedImage(image, "2", ("linux/amd64",), 9))),
        ChartsLock((LockedChart("c", "1.10", "https://h", D, 7), LockedChart("d", "1.10", "https://h", D, 7))),
        FilesLock((LockedFile("h/x", "https://h/x", D, 1), LockedFile("w.whl", "https://h/w.whl", D, 1, "wheel"))),
    )


def data_of(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: strict_yaml.loads(text, where=name) for name, text in texts.items()}


def test_each_file_is_in_the_shape_that_its_readers_ask_for() -> None:
    for name, data in data_of(exported(locks(), epoch=0)).items():
        SCHEMAS[name].model_validate(data)


def test_an_empty_release_is_in_shape_too() -> None:
    for name, data in data_of(exported(ReleaseLocks(), epoch=0)).items():
        SCHEMAS[name].model_validate(data)


def test_two_tags_of_one_image_are_known_to_kbld_by_both() -> None:
    images = data_of(exported(locks(), epoch=0))[".imgpkg/images.yml"]["images"]
    assert [image["annotations"] for image in images] == [
        {"kbld.carvel.dev/id": "registry.test:5000/a/b:1"},
        {"kbld.carvel.dev/id": "registry.test:5000/a/b:2"},
    ]


def test_what_is_exported_is_the_same_content_and_is_written_once(tmp_path: Path) -> None:
    assert set(write_exported(locks(), tmp_path)) == set(NEIGHBOURS.values())
    assert write_exported(locks(), tmp_path) == []
    found = read_folder(tmp_path)
    bare = ReleaseLocks(RpmsLock((locks().rpms.arches[0],)), locks().images, locks().charts, locks().files)
    assert compare(whole(bare), found) == ()


def test_a_chart_that_stands_twice_is_told_to_helm_once() -> None:
    charts = ChartsLock(tuple(LockedChart("c", "1", "https://h", D, 7, options=(one,)) for one in ("a", "b")))
    assert len(data_of(exported(ReleaseLocks(charts=charts), epoch=0))["Chart.lock"]["dependencies"]) == 1


def test_helms_lock_has_the_releases_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    write_exported(locks(), tmp_path)
    assert re.search("generated: '2023-11-14T22:13:20Z'", (tmp_path / "Chart.lock").read_text())


def test_what_no_other_tool_could_fetch_is_refused_all_at_once() -> None:
    vendor = rpm("v", "vendor/v-1-1.noarch.rpm")
    files = FilesLock((LockedFile("x", "file:///x", D, 1), LockedFile("w", "https://h/a", D, 1, "wheel"),
                       LockedFile("w", "https://h/b", D, 1, "collection")))  # fmt: skip
    with pytest.raises(AirlockError) as caught:
        exported(ReleaseLocks(RpmsLock((RpmArch("x86_64", (vendor,)),)), files=files), epoch=0)
    text = str(caught.value)
    assert "rpms.lock: v-1-1.noarch: has no URL that another tool could fetch: vendor/v-1-1.noarch.rpm" in text
    assert "file:///x" in text
    assert "2 files would have one file name: w" in text
    assert isinstance(caught.value, InputError) or caught.value.exit_code == 3
