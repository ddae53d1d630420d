"""Which images of the lock on the medium the registry must have."""

from pathlib import Path

import pytest

from airlock_core import media, strict_yaml
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.serve import up

DIGEST = Digest.sha256(b"")


def _image(name: str, *options: str) -> LockedImage:
    return LockedImage(ImageRef.parse(f"far.test/{name}").at(DIGEST), "1.0", ("linux/amd64",), 1, options)


@pytest.mark.parametrize(("options", "names"), [((), ["all"]), (("netapp",), ["all", "netapp"])])
def test_images_of_options_that_the_medium_was_not_made_with_are_not_missed(
    tmp_path: Path, options: tuple[str, ...], names: list[str]
) -> None:
    layout = Layout(tmp_path)
    path = layout.medium / media.LOCKS / "images.lock"
    path.parent.mkdir(parents=True)
    path.write_text(strict_yaml.dumps(ImagesLock((_image("all"), _image("netapp", "netapp"))).to_data()))
    release = Release("r", "1", 1, "rocky", "8.10", "x86_64", "R-1", 0, DIGEST, {}, options)
    assert [image.ref.repository for image in up.locked_images(layout, release)] == names
