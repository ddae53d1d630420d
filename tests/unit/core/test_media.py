from pathlib import PurePosixPath

import pytest

from airlock_core import media
from airlock_core.errors import InputError


def test_a_label_has_no_blanks_and_at_most_32_characters() -> None:
    label = media.volume_label("a name with blanks and much more", "1.4.4+x")
    assert media.checked_label(label) == label
    assert media.volume_label("burrito", "1.4.4") == "BURRITO-1_4_4"


@pytest.mark.parametrize("label", ["", "a b", "lower", "X" * 33, "Ü"])
def test_a_label_that_breaks_booting_is_refused(label: str) -> None:
    with pytest.raises(InputError):
        media.checked_label(label)


@pytest.mark.parametrize(
    "path", ["release/MANIFEST", "release/release.json", "release/release.json.asc", "isolinux/boot.cat"]
)
def test_manifest_leaves_out_itself_the_root_document_and_boot_catalogues(path: str) -> None:
    assert not media.is_listed(PurePosixPath(path))


@pytest.mark.parametrize("path", ["release/keys/a.asc", "release/locks/rpms.lock", "isolinux/isolinux.bin", "boot.cat"])
def test_manifest_lists_all_else(path: str) -> None:
    assert media.is_listed(PurePosixPath(path))


@pytest.mark.parametrize("text", ["", ".", "/a", "../a", "a/../../b", "a\0b"])
def test_a_path_that_leaves_the_root_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        media.safe_relative(text)


def test_a_path_below_the_root_is_taken() -> None:
    assert media.safe_relative("files/a b/..c") == PurePosixPath("files/a b/..c")
