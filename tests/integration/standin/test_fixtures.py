"""The committed fixtures are what their makers make.

Where the tools have the recorded versions, that means every byte. Elsewhere the RPMs and their metadata, whose bytes
depend on those versions, are compared by what they say.
"""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.standin import fixtures_build
from tests.standin.fixtures import FIXTURES, SMALL
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY
from tests.standin.run import run

pytestmark = pytest.mark.integration

REPO = Path("small") / "rpms"
# What follows from the package's content and spec, not from the rpm that wrote it.
MEANING = (
    "%{NEVRA} %{MODULARITYLABEL} %{BUILDTIME} %{BUILDHOST} %{SUMMARY} %{LICENSE} %{VENDOR}\n"
    "[%{REQUIRENAME} %{REQUIREFLAGS:deptype} %{REQUIREVERSION}\n]"
    "[recommends %{RECOMMENDNEVRS}\n][provides %{PROVIDENEVRS}\n]"
    "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME} %{FILEMTIMES} %{FILEDIGESTS}\n]"
)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fixtures") / "rebuilt"
    fixtures_build.build(folder)
    return folder


def test_the_same_files_are_made(rebuilt: Path) -> None:
    assert [normal(name) for name in names(rebuilt)] == [normal(name) for name in names(FIXTURES)]


def test_charts_files_and_wheel_have_the_same_bytes(rebuilt: Path) -> None:
    apart = (fixtures_build.VERSIONS, str(REPO))
    compared = [name for name in names(FIXTURES) if not str(name).startswith(apart)]
    assert len(compared) > 10
    assert [name for name in compared if (rebuilt / name).read_bytes() != (FIXTURES / name).read_bytes()] == []


def test_packages_and_metadata_have_the_same_bytes_where_the_tools_are_the_same(rebuilt: Path) -> None:
    if not tools_are_the_same():
        pytest.skip("the tools differ from versions.json: compared by meaning alone, in the tests beside this one")
    files = [name for name in names(FIXTURES) if name.is_relative_to(REPO)]
    assert [name for name in files if (rebuilt / name).read_bytes() != (FIXTURES / name).read_bytes()] == []


def test_packages_say_the_same(rebuilt: Path) -> None:
    packages = sorted((FIXTURES / REPO / "Packages").glob("*.rpm"))
    assert len(packages) == 6
    assert [meaning(rebuilt / REPO / "Packages" / rpm.name) for rpm in packages] == [meaning(rpm) for rpm in packages]


def test_metadata_says_the_same(rebuilt: Path) -> None:
    assert metadata(rebuilt / REPO) == metadata(FIXTURES / REPO)


def test_packages_are_signed_by_the_stand_ins_key(tmp_path: Path) -> None:
    packages = sorted((FIXTURES / REPO / "Packages").glob("*.rpm"))
    run("rpmkeys", "--dbpath", tmp_path, "--import", PUBLIC_KEY)
    said = run("rpmkeys", "--dbpath", tmp_path, "--define", "_pkgverify_level all", "-K", *packages)
    assert said.count("digests signatures OK") == len(packages)


def test_repomd_is_signed_by_the_stand_ins_key(tmp_path: Path) -> None:
    keyring = tmp_path / "keyring.gpg"
    run("gpg", "--homedir", tmp_path, "--batch", "--output", keyring, "--dearmor", PUBLIC_KEY)
    repomd = FIXTURES / REPO / "repodata" / "repomd.xml"
    said = run("gpgv", "--homedir", tmp_path, "--keyring", keyring, "--status-fd", "1", f"{repomd}.asc", repomd)
    assert f"VALIDSIG {FINGERPRINT}" in said


def test_a_group_a_module_and_a_weak_dependency_are_among_them() -> None:
    told = metadata(FIXTURES / REPO)
    assert "<id>hello-tools</id>" in told["group"]
    assert 'stream: "2"' in told["modules"]
    assert "recommends" in meaning(SMALL / "rpms" / "Packages" / "hello-1.1-1.x86_64.rpm")


def names(folder: Path) -> list[Path]:
    """Return the files of the fixtures below ``folder``, without their makers."""
    found = (f.relative_to(folder) for f in folder.rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc"))
    return sorted(found)


def normal(name: Path) -> str:
    """Return a name without the checksum that metadata files have in theirs."""
    return re.sub(r"[0-9a-f]{64}-", "", str(name))


def tools_are_the_same() -> bool:
    recorded: dict[str, str] = json.loads((FIXTURES / fixtures_build.VERSIONS).read_text())
    return recorded == fixtures_build.versions()


def meaning(rpm: Path) -> str:
    """Return what a package is, needs, gives and holds; a file's content is in its digest."""
    said = run("rpm", "-qp", "--nosignature", "--qf", MEANING, rpm)
    return "\n".join(line for line in said.splitlines() if "rpmlib(" not in line)


def metadata(repo: Path) -> dict[str, str]:
    """Return the metadata of a repository by type, decompressed, without what follows from the packages' bytes."""
    repomd = (repo / "repodata" / "repomd.xml").read_text()
    files = dict(re.findall(r'<data type="(\w+)">.*?<location href="([^"]+)"', repomd, re.DOTALL))
    return {kind: meaning_of(repo / href) for kind, href in files.items() if kind != "group_gz"}


def meaning_of(file: Path) -> str:
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    return re.sub(r"<size [^>]*/>|<rpm:header-range [^>]*/>|\s*<rpm:entry name=\"rpmlib[^>]*/>", "", text)
