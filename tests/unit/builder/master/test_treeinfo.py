from pathlib import PurePosixPath

import pytest

from airlock_builder.master import treeinfo
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

DVD = """\
[checksums]
images/efiboot.img = sha256:old
images/gone.img = sha256:old
repodata/repomd.xml = sha256:old

[general]
; WARNING.0 = This section provides compatibility with pre-productmd treeinfos.
arch = x86_64
name = Rocky Linux 8.10
packagedir = AppStream/Packages
repository = AppStream
variant = AppStream
variants = AppStream,BaseOS

[images-x86_64]
efiboot.img = images/efiboot.img

[stage2]
mainimage = images/install.img

[tree]
arch = x86_64
variants = AppStream,BaseOS

[variant-AppStream]
id = AppStream

[variant-BaseOS]
id = BaseOS
packages = BaseOS/Packages
"""
IMAGE = Digest.sha256(b"new")


def test_one_repo_is_left_and_the_checksums_are_true() -> None:
    new = treeinfo.rewrite(DVD, {PurePosixPath("images/efiboot.img"): IMAGE}, where="t")
    assert f"images/efiboot.img = {IMAGE}\n" in new
    for gone in ("gone.img", "repomd.xml", "AppStream", "sha256:old"):
        assert gone not in new
    assert new.count("variants = BaseOS\n") == 2
    assert "[variant-BaseOS]\nid = BaseOS\n" in new
    assert "mainimage = images/install.img" in new


def test_rewriting_twice_changes_nothing() -> None:
    digests = {PurePosixPath("images/efiboot.img"): IMAGE}
    once = treeinfo.rewrite(DVD, digests, where="t")
    assert treeinfo.rewrite(once, digests, where="t") == once


@pytest.mark.parametrize("text", ["no section", "[a]\nb = 1\nb = 2\n", "[a]\n[a]\n"])
def test_another_format_is_refused(text: str) -> None:
    with pytest.raises(VerificationError, match=r"\.treeinfo"):
        treeinfo.rewrite(text, {}, where="t")
