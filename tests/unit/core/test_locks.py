from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

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
from airlock_core.locks.reading import read_standing
from airlock_core.locks.selection import counts, selected

D = Digest.sha256(b"x")


def rpm(name: str, *options: str) -> LockedRpm:
    return LockedRpm(
        name, "1:1.10-1", "noarch", f"http://h/{name}.noarch.rpm", "base", 5, D, f"{name}.src.rpm", "F" * 40,
        module="m:1.10:2:c:x86_64", options=options,
    )  # fmt: skip


def locks() -> ReleaseLocks:
    modules = ModuleMetadata("base", "http://h/modules.yaml", 3, D)
    repo = LockedRepo(
        "base",
        D,
        "17",
        ("F" * 40,),
        ModuleMetadata("base", "http://h/comps.xml", 3, D),
        timestamp=18,
        subkeys=(("E" * 40, "F" * 40),),
        earlier=(Digest.sha256(b"z"), Digest.sha256(b"y")),
    )
    arch = RpmArch("x86_64", (rpm("b"), rpm("a", "netapp")), (), (modules,), ("glibc",), ("n:1:2:c:x86_64",))
    image = ImageRef("registry.test", "a/b", digest=D)
    return ReleaseLocks(
        RpmsLock((arch,), (repo,)),
        ImagesLock((LockedImage(image, "1", ("linux/amd64",), 9, ("netapp",), {"other.tool/x": "y"}),)),
        ChartsLock((LockedChart("c", "1.10", "http://h", D, 7, "http://h/c.tgz"),)),
        FilesLock((LockedFile("h/x", "http://h/x", D, 1), LockedFile("w.whl", "http://h/w.whl", D, 1, "wheel"))),
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    assert locks().write(tmp_path) == ["rpms.lock", "images.lock", "charts.lock", "files.lock"]
    found = ReleaseLocks.load(tmp_path)
    assert found.texts() == locks().texts()
    assert found.images == locks().images
    assert found.rpms.repos == locks().rpms.repos
    assert {package.name for package in found.rpms.packages} == {"a", "b"}


def test_the_order_of_entries_does_not_show(tmp_path: Path) -> None:
    first = locks()
    arch = first.rpms.arches[0]
    turned = replace(arch, packages=arch.packages[::-1])
    other = ReleaseLocks(
        RpmsLock((turned,), first.rpms.repos), first.images, first.charts, FilesLock(first.files.files[::-1])
    )
    assert other.texts() == first.texts()
    assert other.digests() == first.digests()


def test_a_second_write_changes_nothing(tmp_path: Path) -> None:
    locks().write(tmp_path)
    assert locks().write(tmp_path) == []


def test_a_missing_lock_says_what_to_run(tmp_path: Path) -> None:
    locks().write(tmp_path)
    (tmp_path / "charts.lock").unlink()
    with pytest.raises(InputError, match="airlock lock"):
        ReleaseLocks.load(tmp_path)


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    locks().write(tmp_path)
    (tmp_path / "charts.lock").write_text("dependencies: [{name: c, surprise: 1}]\n")
    (tmp_path / "files.lock").write_text("artifacts: [{download_url: u, checksum: 'md5:1', filename: ../x}]\n")
    with pytest.raises(AirlockError) as caught:
        ReleaseLocks.load(tmp_path)
    text = str(caught.value)
    for wanted in ("surprise: unknown key", "repository: is missing", "not a digest", "not a path below the root"):
        assert wanted in text


@pytest.mark.parametrize("read", [ReleaseLocks.load, read_standing])
def test_a_fault_has_the_path_of_its_key_and_what_to_do(tmp_path: Path, read: Callable[[Path], object]) -> None:
    folder = tmp_path / "a:b"
    locks().write(folder)
    text = (folder / "rpms.lock").read_text()
    text = text.replace("lockfileVersion: 1", "lockfileVersion: 2").replace("    evr: ", "    evr_: x\n    evr: ", 1)
    (folder / "rpms.lock").write_text(text.replace("\nrepos:\n- id: ", "\nrepos:\n- updateinfo: [1]\n  id: ", 1))
    with pytest.raises(AirlockError) as caught:
        read(folder)
    told = str(caught.value)
    assert f"{folder}/rpms.lock: lockfileVersion: expected 1, found 2" in told
    assert f"{folder}/rpms.lock: arches[0].packages[0].evr_: unknown key" in told
    assert f"{folder}/rpms.lock: repos[0].updateinfo: expected a mapping, found a list" in told
    assert "do:  take it back from version control, or remove it and lock anew" in told


@pytest.mark.parametrize("read", [ReleaseLocks.load, read_standing])
def test_an_empty_lock_is_no_lock(tmp_path: Path, read: Callable[[Path], object]) -> None:
    locks().write(tmp_path)
    (tmp_path / "rpms.lock").write_text("")
    with pytest.raises(AirlockError, match=r"rpms\.lock: (is empty|expected a mapping, found nothing)"):
        read(tmp_path)


def test_an_image_without_a_digest_is_refused() -> None:
    with pytest.raises(InputError, match="has no digest"):
        ImagesLock.from_data({**ImagesLock().to_data(), "images": [{"image": "h.test/a:1"}]})


def test_options_choose_what_a_medium_carries() -> None:
    assert counts(selected(locks(), ()))["rpms"] == 1
    assert counts(selected(locks(), ()))["images"] == 0
    assert counts(selected(locks(), ("netapp",))) == counts(locks())
    assert counts(locks()) == {
        "rpms": 2, "images": 1, "charts": 1, "files": 1, "wheels": 1, "collections": 0, "playbooks": 0,
    }  # fmt: skip
