import hashlib
from pathlib import Path

import pytest

from airlock_core import digest
from airlock_core.digest import Digest
from airlock_core.errors import InputError


def test_a_digest_is_written_as_it_was_read() -> None:
    text = f"sha512:{'0f' * 64}"
    assert str(Digest.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "sha256", "sha256:", f"sha256:{'A' * 64}", f"sha256:{'a' * 63}", f"md5:{'a' * 32}"]
)
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Digest.parse(text)


def test_files_streams_and_bytes_agree(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    (path := tmp_path / "x").write_bytes(data)
    wanted = hashlib.sha256(data).hexdigest()
    assert Digest.sha256(data).hex == digest.of_file(path).hex == wanted
    assert digest.of_chunks(digest.chunks_of(path)) == (Digest.sha256(data), len(data))
