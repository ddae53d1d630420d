"""Parts joined in place: after a cut anywhere the next run ends with the same file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from airlock_builder.shipping.artifact import ISO, ISO_PART, Layer, Whole
from airlock_builder.shipping.joining import join, joined_parts
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

DATA = [random.Random(number).randbytes(size) for number, size in enumerate((5_000, 5_000, 0, 1_234))]
BODY = b"".join(DATA)


def whole(digest: Digest | None = None) -> Whole:
    layers = tuple(Layer(f"part-{n}", ISO_PART, Digest.sha256(data), len(data)) for n, data in enumerate(DATA))
    return Whole("x.iso", ISO, digest or Digest.sha256(BODY), len(BODY), layers)


def parts(folder: Path) -> list[Path]:
    paths = [folder / f"part-{number}" for number in range(len(DATA))]
    for path, data in zip(paths, DATA, strict=True):
        path.write_bytes(data)
    return paths


class Cut(Exception):
    """The run ends here."""


@pytest.mark.parametrize("step", range(1, 6))
def test_a_run_that_was_cut_is_gone_on_with(step: int, tmp_path: Path) -> None:
    left = step

    def on_bytes(count: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Cut

    paths = parts(tmp_path)
    target = tmp_path / "target"
    try:
        join(whole(), paths, target, on_bytes)
    except Cut:
        join(whole(), paths, target)
    assert target.read_bytes() == BODY
    assert not any(path.exists() for path in paths)


def test_what_was_appended_already_need_not_be_there(tmp_path: Path) -> None:
    paths = parts(tmp_path)
    target = tmp_path / "target"
    target.write_bytes(DATA[0] + DATA[1][:100])
    paths[0].unlink()
    assert joined_parts(whole(), target) == 1
    join(whole(), paths, target)
    assert target.read_bytes() == BODY


def test_parts_that_are_not_the_whole_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="its parts are not the ISO"):
        join(whole(Digest.sha256(b"other")), parts(tmp_path), tmp_path / "target")
    assert not (tmp_path / "target").exists()
