"""Whatever happened to a medium, verify finds it and says where."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from airlock_builder.audit.verify import verify
from airlock_builder.master import Mastered
from airlock_core import media, sidecar
from airlock_core.errors import AirlockError, ExitCode, VerificationError
from airlock_core.iso import IsoFile, IsoReader
from tests.soak import cases
from tests.standin.run import run

pytestmark = pytest.mark.integration

FLIPS = cases(100, 10_000)
SEED = 20240101


@pytest.fixture
def copied(booting: Mastered, tmp_path: Path) -> Path:
    """A copy of the medium with what stands beside it."""
    for path in (booting.iso, sidecar.beside(booting.iso)):
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path / booting.iso.name


def failure(iso: Path) -> str:
    """The text of the failure."""
    with pytest.raises(AirlockError) as caught:
        verify(iso)
    assert caught.value.exit_code == ExitCode.VERIFICATION
    return str(caught.value)


def test_a_whole_medium_verifies(booting: Mastered, plain: Mastered) -> None:
    assert verify(booting.iso).whole
    assert verify(plain.iso).files > 10


def test_a_medium_alone_verifies_by_its_files(copied: Path) -> None:
    sidecar.beside(copied).unlink()
    assert not verify(copied).whole


@pytest.mark.soak
def test_every_flipped_bit_is_found_and_its_file_named(copied: Path) -> None:
    chance = random.Random(SEED)
    with IsoReader(copied) as reader:
        files = reader.image().files
    size = copied.stat().st_size
    # half anywhere; half in files, small ones as likely as large
    offsets = [chance.randrange(size) for _ in range(FLIPS // 2)]
    extents = [extent for file in files for extent in file.extents]
    offsets += [(e := chance.choice(extents)).offset + chance.randrange(e.size) for _ in range(FLIPS // 2)]
    for offset in offsets:
        flip(copied, offset, bit := chance.randrange(8))
        text = failure(copied)
        names = [str(file.path) for file in files if covers(file, offset)]
        assert not names or any(name in text for name in names), f"flip at {offset} in {names}: {text}"
        flip(copied, offset, bit)
    assert verify(copied).whole


def covers(file: IsoFile, offset: int) -> bool:
    return any(extent.offset <= offset < extent.end for extent in file.extents)


def flip(path: Path, offset: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))


def change(iso: Path, changed: Path, *commands: str | Path) -> None:
    """Write an altered copy as xorriso does it."""
    start = ("xorriso", "-no_rc", "-indev", iso, "-outdev", changed, "-boot_image", "any", "replay")
    run(*start, *commands, "-commit")


@pytest.mark.parametrize("beside", [True, False])
def test_a_truncated_medium_says_so(copied: Path, beside: bool) -> None:
    if not beside:
        sidecar.beside(copied).unlink()
    with copied.open("r+b") as file:
        file.truncate(copied.stat().st_size - 2048)
    assert "cut short" in failure(copied)


@pytest.mark.parametrize("beside", [True, False])
def test_a_padded_medium_says_so(copied: Path, beside: bool) -> None:
    if not beside:
        sidecar.beside(copied).unlink()
    with copied.open("ab") as file:
        file.write(b"\0" * 2048)
    assert "bytes after the end" in failure(copied)


def test_missing_altered_and_unlisted_files_are_named(copied: Path) -> None:
    changed = copied.with_name("changed.iso")
    (note := copied.with_name("note")).write_text("altered")
    maps = ("-map", note, "/media.repo", "-map", note, "/.discinfo")
    change(copied, changed, "-rm", f"/{media.DEPLOYER_KS}", "--", *maps)
    text = failure(changed)
    assert "ks/deployer.ks: missing" in text
    assert "media.repo: unlisted" in text
    assert ".discinfo: altered" in text


def test_a_symbolic_link_is_unlisted(copied: Path) -> None:
    changed = copied.with_name("changed.iso")
    change(copied, changed, "-lns", "/etc/passwd", "/ks/other.ks")
    assert "ks/other.ks: unlisted" in failure(changed)


def test_another_label_is_found(copied: Path) -> None:
    changed = copied.with_name("changed.iso")
    change(copied, changed, "-volid", "OTHER")
    assert "label" in failure(changed)


def test_the_sidecar_of_another_image_is_found(copied: Path, plain: Mastered) -> None:
    shutil.copyfile(sidecar.beside(plain.iso), sidecar.beside(copied))
    assert "expected" in failure(copied)


@pytest.mark.parametrize("content", [b"", b"not an image", bytes(1 << 20)])
def test_what_is_no_iso_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.iso").write_bytes(content)
    assert "not an ISO 9660 image" in failure(tmp_path / "x.iso")


def test_an_iso_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a").write_text("a")
    run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", tmp_path / "x.iso", tmp_path / "folder")
    assert "release/release.json" in failure(tmp_path / "x.iso")


@pytest.mark.soak
def test_nonsense_in_the_folders_ends_as_a_failure(copied: Path) -> None:
    """Folders, descriptors and continuation areas of noise: never a crash, never without an end."""
    sidecar.beside(copied).unlink()
    chance = random.Random(SEED)
    with IsoReader(copied) as reader:
        start = min(extent.offset for file in reader.image().files for extent in file.extents)
    whole = copied.read_bytes()
    for _ in range(cases(50, 1000)):
        noise = bytearray(whole[:start])
        for _ in range(chance.choice([1, 3, 200])):
            noise[chance.randrange(32768, start)] = chance.randrange(256)
        copied.write_bytes(bytes(noise) + whole[start:])
        try:
            verify(copied)
        except VerificationError:
            continue
        except AirlockError as error:
            assert error.exit_code == ExitCode.VERIFICATION  # noqa: PT017 - either is right, neither crashes
