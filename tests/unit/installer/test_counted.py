"""How the commands of the site count images."""

import pytest

from airlock_installer.cli.output import counted


@pytest.mark.parametrize(
    ("images", "attached", "words"),
    [
        (0, 0, "0 images"),
        (1, 0, "1 image"),
        (12, 1, "12 images and 1 attached artifact"),
        (1, 4, "1 image and 4 attached artifacts"),
    ],
)
def test_images_and_what_is_attached_to_them_are_counted_apart(images: int, attached: int, words: str) -> None:
    assert counted(images, attached) == words
