"""`airlock-site media verify --signatures`: the vendors' keys asked about the packages on a mounted medium."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.stage import stage
from airlock_core import media
from airlock_core.errors import Faults, VerificationError
from airlock_core.locks import LockedRpm, ReleaseLocks, RpmsLock
from airlock_installer.layout import Layout
from airlock_installer.media.signatures import check
from tests.integration.media.material import Material, material
from tests.integration.rpms.signing import signer
from tests.standin.run import run

pytestmark = pytest.mark.integration

TALLY = "BaseOS/Packages/t/tally-0.3-1.noarch.rpm"


@pytest.fixture
def made(tmp_path: Path) -> Material:
    return material(tmp_path / "material")


def mounted(made: Material, locks: ReleaseLocks, root: Path) -> Layout:
    """The medium of a release, laid out as if it were mounted; release.json too, which only mastering writes."""
    layout = Layout(root)
    (root / "staging").mkdir(parents=True)
    staged = stage(made.manifest, locks, made.store, root / "staging")
    for file in staged.tree.files:
        target = layout.medium / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.source, target)
    (layout.medium / media.RELEASE_JSON).write_text(staged.release.dumps())
    return layout


def test_all_packages_of_a_sound_medium_pass(made: Material, tmp_path: Path) -> None:
    checked = check(mounted(made, made.locks, tmp_path / "site"))
    assert (checked.packages, checked.excused) == (6, ())


def test_what_is_unsigned_altered_or_missing_is_named_by_its_place(made: Material, tmp_path: Path) -> None:
    layout = mounted(made, made.locks, tmp_path / "site")
    run("rpmsign", "--delsign", layout.medium / TALLY)
    greeter = layout.medium / "BaseOS/Packages/g/greeter-2.0-1.noarch.rpm"
    greeter.write_bytes(greeter.read_bytes()[:-100] + bytes(100))
    (layout.medium / "BaseOS/Packages/h/hello-1.1-1.x86_64.rpm").unlink()
    with pytest.raises(Faults, match="3 packages on the medium are not signed as they must be") as caught:
        check(layout)
    told = str(caught.value)
    assert f"tally-0.3-1.noarch ({TALLY}): rpmkeys does not accept it" in told
    assert "greeter-2.0-1.noarch (BaseOS/Packages/g/greeter-2.0-1.noarch.rpm): rpmkeys does not accept it" in told
    assert "hello-1.1-1.x86_64 (BaseOS/Packages/h/hello-1.1-1.x86_64.rpm): missing" in told


def test_the_keys_that_an_auditor_brings_take_the_place_of_those_on_the_medium(made: Material, tmp_path: Path) -> None:
    layout = mounted(made, made.locks, tmp_path / "site")
    with signer() as home:
        other = home.public(home.make("other"), tmp_path / "other")
    with pytest.raises(Faults, match="6 packages"):
        check(layout, [other])


def test_what_the_release_excuses_is_looked_at_by_its_digests_alone(made: Material, tmp_path: Path) -> None:
    bare = shutil.copy(made.store.path(_tally(made).checksum), tmp_path / "bare.rpm")
    run("rpmsign", "--delsign", bare)
    unsigned = replace(
        _tally(made), checksum=made.store.add(Path(bare).read_bytes()), size=Path(bare).stat().st_size, unsigned="so"
    )
    (arch,) = made.locks.rpms.arches
    packages = tuple(unsigned if one.name == "tally" else one for one in arch.packages)
    rpms = RpmsLock((replace(arch, packages=packages),), made.locks.rpms.repos)
    layout = mounted(made, replace(made.locks, rpms=rpms), tmp_path / "site")
    checked = check(layout)
    assert (checked.packages, checked.excused) == (5, ("tally-0.3-1.noarch",))
    damaged = layout.medium / TALLY
    damaged.write_bytes(damaged.read_bytes()[:-100] + bytes(100))
    with pytest.raises(VerificationError, match="tally"):
        check(layout)


def _tally(made: Material) -> LockedRpm:
    return next(package for package in made.locks.rpms.packages if package.name == "tally")
