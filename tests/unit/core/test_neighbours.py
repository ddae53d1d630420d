"""Locks of other tools, from the field: read, and written back as they were."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from airlock_core import strict_yaml
from airlock_core.errors import AirlockError, InputError
from airlock_core.locks import FilesLock, ImagesLock, ReleaseLocks, RpmsLock
from airlock_core.locks.files import UNKNOWN
from airlock_core.locks.helm import HelmDependency, HelmLock, agreement, agreement_of_v1
from airlock_core.locks.reading import NEIGHBOURS, from_data, has_own, pinned, read_folder, read_lock, read_standing
from tests import realdata

D = f"sha256:{'0' * 64}"
URL = "https://h/p/a-b-1.2~rc1-3.el9.noarch.rpm"


def sorted_deeply(value: Any) -> Any:
    """The same data with lists in one order: what a lock means does not hang on its order."""
    if isinstance(value, dict):
        return {key: sorted_deeply(part) for key, part in sorted(value.items())}
    return sorted((sorted_deeply(part) for part in value), key=repr) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("name", "packages", "sources"), [("quay", 246, 0), ("rhproxy-engine", 781, 0), ("collector", 1118, 673)]
)
def test_a_real_lock_of_rpms_is_rewritten_unchanged_in_meaning(name: str, packages: int, sources: int) -> None:
    path = realdata.folder("locks") / "locks" / name / "rpms.lock.yaml"
    read = read_lock(path).locks.rpms
    assert len(read.packages) == packages
    assert sum(len(arch.source) for arch in read.arches) == sources
    written = strict_yaml.dumps(read.to_data())
    assert sorted_deeply(strict_yaml.loads(written, where="")) == sorted_deeply(strict_yaml.load(path))
    again = RpmsLock.from_data(strict_yaml.loads(written, where=""))
    assert strict_yaml.dumps(again.to_data()) == written


def test_a_real_lock_of_images_is_rewritten_unchanged_in_meaning() -> None:
    path = realdata.folder("locks") / "locks/carvel/images.yml"
    written = read_lock(path).locks.images.to_data()
    assert sorted_deeply(written) == sorted_deeply(strict_yaml.load(path))
    assert ImagesLock.from_data(written).to_data() == written


def test_a_real_lock_of_charts_is_rewritten_unchanged() -> None:
    path = realdata.folder("locks") / "locks/helm/Chart.lock"
    found = read_lock(path).helm
    assert found is not None
    assert found.to_data() == strict_yaml.load(path)
    assert HelmLock.from_data(found.to_data()) == found


def test_a_generic_lock_is_rewritten_unchanged() -> None:
    data = {
        "metadata": {"version": "1.0"},
        "artifacts": [{"download_url": "https://h/x", "checksum": D, "filename": "x"}],
    }
    lock = FilesLock.from_data(data)
    assert lock.files[0].size == UNKNOWN
    assert lock.to_data() == data


def test_an_old_lock_tells_name_and_version_by_the_name_of_the_file_alone() -> None:
    entry = {"url": URL.replace("~", "%7E"), "checksum": D, "size": 1}
    data = {"lockfileVersion": 1, "lockfileVendor": "redhat", "arches": [{"arch": "x86_64", "packages": [entry]}]}
    assert str(RpmsLock.from_data(data).packages[0].nevra) == "a-b-1.2~rc1-3.el9.noarch"


@pytest.mark.parametrize("lacking", ["checksum", "size"])
def test_an_entry_without_digest_or_size_is_refused_by_name(lacking: str) -> None:
    entry = {key: value for key, value in {"url": URL, "checksum": D, "size": 1}.items() if key != lacking}
    data = {"lockfileVersion": 1, "lockfileVendor": "redhat", "arches": [{"arch": "x86_64", "packages": [entry]}]}
    with pytest.raises(InputError, match=rf"arches\[0\]\.packages\[0\]\.{lacking}: is missing"):
        from_data(data, where="rpms.lock.yaml")


def test_a_list_of_wishes_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "rpms.in.yaml").write_text("packages: [bash]\narches: [x86_64]\n")
    with pytest.raises(InputError, match="not a lock of a known kind"):
        read_lock(tmp_path / "rpms.in.yaml")


def test_a_folder_of_other_tools_locks_is_taken_together(tmp_path: Path) -> None:
    data = realdata.folder("locks") / "locks"
    shutil.copy(data / "quay/rpms.lock.yaml", tmp_path)
    (tmp_path / ".imgpkg").mkdir()
    shutil.copy(data / "carvel/images.yml", tmp_path / ".imgpkg")
    found = read_folder(tmp_path)
    assert found.kinds == {"rpms.lock", "images.lock"}
    assert (len(found.locks.rpms.packages), len(found.locks.images.images)) == (246, 23)
    assert pinned(found, tmp_path) == found.locks


def test_what_pins_no_digest_cannot_be_fetched(tmp_path: Path) -> None:
    (tmp_path / "Chart.lock").write_text("dependencies: [{name: a, version: 1.0.0}]\ndigest: x\ngenerated: y\n")
    (tmp_path / "artifacts.lock.yaml").write_text(
        f"metadata: {{version: '1.0'}}\nartifacts: [{{download_url: 'https://h/f', checksum: '{D}'}}]\n"
    )
    assert not has_own(tmp_path)
    with pytest.raises(AirlockError) as caught:
        pinned(read_folder(tmp_path), tmp_path)
    assert "Helm's own lock has no digests" in str(caught.value)
    assert "the file f has no size" in str(caught.value)


def test_ours_go_before_those_of_other_tools(tmp_path: Path) -> None:
    ReleaseLocks().write(tmp_path)
    (tmp_path / NEIGHBOURS["rpms.lock"]).write_text("no lock")
    assert read_folder(tmp_path).locks == ReleaseLocks()


def test_ours_without_a_size_is_refused(tmp_path: Path) -> None:
    ReleaseLocks().write(tmp_path)
    (tmp_path / "files.lock").write_text(f"metadata: {{}}\nartifacts: [{{download_url: u, checksum: '{D}'}}]\n")
    with pytest.raises(InputError, match="size: is missing"):
        ReleaseLocks.load(tmp_path)


def test_the_agreement_of_chart_yaml_and_lock_is_helms_own() -> None:
    # `helm dependency update` (3.17.3) wrote this for two charts of 1.2.3
    charts = [HelmDependency(name, "http://127.0.0.1:18765", "1.2.3") for name in ("one", "two")]
    assert agreement(charts) == "sha256:3d37156bfaea2fa82995364a87caf3508f2cc3582cd5d49229f90d3b0472dd49"


def test_of_the_standing_locks_those_count_that_are_there(tmp_path: Path) -> None:
    ReleaseLocks().write(tmp_path)
    (tmp_path / "rpms.lock").unlink()
    assert read_standing(tmp_path) == ReleaseLocks()
    (tmp_path / "images.lock").write_text("images: 1\n")
    with pytest.raises(AirlockError, match="remove it and lock anew"):
        read_standing(tmp_path)


def test_the_agreement_of_helm_2_is_of_what_was_asked_for_alone() -> None:
    # a chart of 2018, in Helm's own test data
    repository = "https://kubernetes-charts.storage.googleapis.com/"
    asked = {"name": "mariadb", "version": "4.x.x", "repository": repository}
    more = {"condition": "mariadb.enabled", "tags": ["wordpress-database"]}
    expected = "sha256:82a0e5374376169d2ecf7d452c18a2ed93507f5d17c3393a1457f9ffad7e9b26"
    assert agreement_of_v1([{**asked, **more}]) == expected
