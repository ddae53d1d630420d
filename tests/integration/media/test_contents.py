"""What is on the medium, read by the tools that people use."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from airlock_builder.master import Mastered
from airlock_core import lanes, media
from tests.integration.media import minibase
from tests.integration.media.material import KEY, SMALL
from tests.standin.run import ToolFailed, run

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def unpacked(booting: Mastered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked") / "medium"
    run("osirrox", "-no_rc", "-indev", booting.iso, "-extract", "/", folder)
    run("chmod", "-R", "u+w", folder)
    return folder


def test_checkisomd5_passes_the_medium(booting: Mastered) -> None:
    run("checkisomd5", booting.iso)  # its status says it
    with pytest.raises(ToolFailed):
        run("checkisomd5", minibase.build())


def test_xorriso_finds_just_the_files_of_manifest(booting: Mastered, unpacked: Path) -> None:
    found = run("xorriso", "-no_rc", "-indev", booting.iso, "-find", "/", "-true")
    names = {line.strip("'").removeprefix("/") for line in found.splitlines() if line.startswith("'/")}
    names = {name for name in names if not (unpacked / name).is_dir()}
    listed = {line.split(" ", 2)[2] for line in (unpacked / media.MANIFEST).read_text().splitlines()}
    assert names - listed == {"release/MANIFEST", "release/release.json", "isolinux/boot.cat"}
    assert listed <= names


def test_the_medium_boots_bios_and_uefi_from_its_files(booting: Mastered) -> None:
    report = run(
        "xorriso", "-no_rc", "-indev", booting.iso, "-report_el_torito", "plain", "-report_system_area", "plain"
    )
    assert "El Torito img path :   1  /isolinux/isolinux.bin" in report
    assert "El Torito img path :   2  /images/efiboot.img" in report
    assert "MBR partition path :   2  /images/efiboot.img" in report
    assert "GPT" in report


def test_every_boot_configuration_names_the_new_label_alone(unpacked: Path, tmp_path: Path) -> None:
    run("mcopy", "-i", unpacked / "images/efiboot.img", "::/EFI/BOOT/grub.cfg", tmp_path / "inner.cfg")
    outer = unpacked / "EFI/BOOT/grub.cfg"
    assert (tmp_path / "inner.cfg").read_bytes() == outer.read_bytes()
    for path in (outer, unpacked / "isolinux/isolinux.cfg", unpacked / "isolinux/grub.conf"):
        assert "Rocky-8-10" not in path.read_text()
        assert "BURRITO-1_4_4" in path.read_text()


def test_the_base_packages_are_gone(unpacked: Path) -> None:
    assert not (unpacked / "Minimal").exists()
    assert not (unpacked / "BaseOS/Packages/a.rpm").exists()
    assert (unpacked / "BaseOS/Packages/h/hello-1.1-1.x86_64.rpm").is_file()


def dnf_of(unpacked: Path, folder: Path) -> list[str]:
    """dnf as the site has it: this medium alone, and an installed system of its own."""
    return [
        "dnf",
        f"--setopt=cachedir={folder}/cache",
        f"--setopt=reposdir={folder}",
        f"--installroot={folder}/root",
        "--setopt=module_platform_id=platform:el8",
        f"--repofrompath=burrito,{(unpacked / media.BASEOS).as_uri()}",
        "--quiet",
        "--releasever=8",
        "--forcearch=x86_64",
    ]


def test_dnf_reads_packages_groups_and_modules(unpacked: Path, tmp_path: Path) -> None:
    dnf = dnf_of(unpacked, tmp_path)
    packages = run(*dnf, "repoquery", "--qf", "%{name}-%{version}")
    assert {"hello-1.1", "tally-0.3", "greeter-2.0"} <= set(packages.split())
    assert "Hello" in run(*dnf, "group", "list", "--hidden")
    assert "greeter" in run(*dnf, "module", "list")


def test_dnf_tells_which_advisories_the_medium_mends(unpacked: Path, tmp_path: Path) -> None:
    dnf = dnf_of(unpacked, tmp_path)
    older = SMALL / "rpms/Packages/hello-data-1.0-1.noarch.rpm"
    run("rpm", "--root", tmp_path / "root", "--justdb", "--nosignature", "-i", older)
    told = run(*dnf, "updateinfo", "list").split()
    assert told == ["PEBBLE-2024:1", "Important/Sec.", "hello-data-1.1-1.noarch"]
    assert run(*dnf, "updateinfo", "list", "--with-cve").split()[0] == "CVE-2024-10001"
    assert "PEBBLE-2024:3" not in run(*dnf, "updateinfo", "list", "--all")


def test_rpmkeys_accepts_every_package_with_the_key_on_the_medium(unpacked: Path, tmp_path: Path) -> None:
    key = unpacked / media.KEYS / f"{KEY.name}.asc"
    run("rpmkeys", "--dbpath", tmp_path, "--import", key)
    packages = sorted((unpacked / media.PACKAGES).rglob("*.rpm"))
    assert len(packages) == 6
    run("rpmkeys", "--dbpath", tmp_path, "--define", "_pkgverify_level all", "-K", *packages)


def test_skopeo_reads_each_image_by_its_name(unpacked: Path, tmp_path: Path) -> None:
    archive = unpacked / media.REGISTRY_TAR
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        index = json.load(tar.extractfile("index.json") or pytest.fail("no index"))
    assert names[:2] == ["index.json", "oci-layout"]
    assert len(names) == len(set(names))
    for entry in index["manifests"]:
        name = entry["annotations"]["org.opencontainers.image.ref.name"]
        raw = run("skopeo", "inspect", "--raw", f"oci-archive:{archive}:{name}", env={"TMPDIR": str(tmp_path)})
        assert json.loads(raw)["schemaVersion"] == 2
        copied = tmp_path / name.replace("/", "_")
        run("skopeo", "copy", "--all", "--preserve-digests", f"oci-archive:{archive}:{name}", f"dir:{copied}")
        assert run("sha256sum", copied / "manifest.json").split()[0] == entry["digest"].removeprefix("sha256:")


def test_pip_installs_from_the_medium_with_hashes_and_no_index(unpacked: Path, tmp_path: Path) -> None:
    archive = unpacked / media.installer_archive("1.4.4")
    run("tar", "-xzf", archive, "-C", tmp_path)
    requirements = tmp_path / "burrito-1.4.4/requirements.txt"
    run("python3", "-m", "venv", "--without-pip", tmp_path / "venv")
    pip = ["python3", "-m", "pip", "--disable-pip-version-check", "download", "--no-index", "--no-deps"]
    run(*pip, "--find-links", unpacked / media.PYPI, "--require-hashes", "-r", requirements, "-d", tmp_path / "got")
    assert [path.name for path in (tmp_path / "got").iterdir()] == ["pebble_greet-1.0.0-py3-none-any.whl"]
    assert (tmp_path / "burrito-1.4.4/lib/airlock_core/media.py").is_file()


def test_the_installer_carries_the_compiled_part_where_its_builder_has_it(unpacked: Path, tmp_path: Path) -> None:
    run("tar", "-xzf", unpacked / media.installer_archive("1.4.4"), "-C", tmp_path)
    carried = tmp_path / "burrito-1.4.4/lib/airlock_core/lanes"
    own = Path(lanes.__path__[0])
    for name in ("hashing.py", *(path.name for path in own.glob("*.so"))):
        assert (carried / name).read_bytes() == (own / name).read_bytes()
    found = "from airlock_core import lanes; print(bool(lanes.compiled()))"
    assert run("python3", "-c", found, env={"PYTHONPATH": str(carried.parents[1])}).strip() == str(
        bool(lanes.compiled())
    )


def test_the_treeinfo_names_one_repo_and_true_checksums(unpacked: Path) -> None:
    text = (unpacked / ".treeinfo").read_text()
    digest = run("sha256sum", unpacked / "images/efiboot.img").split()[0]
    assert f"images/efiboot.img = sha256:{digest}" in text
    assert "variants = BaseOS\n" in text
    assert "Minimal" not in text
    assert "0000" not in text.replace(digest, "")


def test_sha256sum_agrees_with_the_file_beside_the_iso(booting: Mastered) -> None:
    run("sha256sum", "--check", f"{booting.iso.name}.sha256", cwd=booting.iso.parent)
    with pytest.raises(ToolFailed):
        run("sha256sum", "--check", "--strict", "/dev/stdin", stdin=b"0" * 64 + b"  " + str(booting.iso).encode())
