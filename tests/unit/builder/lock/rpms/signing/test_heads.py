from dataclasses import replace
from pathlib import Path

from airlock_builder.lock.rpms.signing.heads import Heads
from airlock_core.digest import Digest
from airlock_core.nevra import Nevra
from airlock_core.notebook import Notebook
from airlock_core.signatures.rpmfile import RpmHead

ONE, OTHER = Digest.sha256(b"1"), Digest.sha256(b"2")
NEVRA, SIGNED = Nevra("a", 1, "2", "3", "noarch"), ((b"\x89\0",), (b"\x8a", b"\xff"), (b"x",))
HEAD = RpmHead(NEVRA, b"header", "ab" * 32, 5000, *SIGNED, knows_payload=False)


def test_what_was_kept_is_read_but_for_the_headers_bytes(tmp_path: Path) -> None:
    Heads(tmp_path).write({ONE: HEAD})
    found = Heads(tmp_path).read([ONE, OTHER])
    assert found == {ONE: replace(HEAD, header=b"")}


def test_one_whose_signatures_cover_the_payload_alone_is_not_kept(tmp_path: Path) -> None:
    Heads(tmp_path).write({ONE: RpmHead(HEAD.nevra, b"header", "ab" * 32, 5000, legacy=(b"x",)), OTHER: HEAD})
    assert set(Heads(tmp_path).read([ONE, OTHER])) == {OTHER}


def test_a_note_that_is_none_counts_as_absent(tmp_path: Path) -> None:
    Heads(tmp_path).write({ONE: HEAD})
    Notebook(tmp_path / "heads.sqlite").write({str(OTHER): b'{"nevra": ["a"]}', str(ONE): b"\xff"})
    assert Heads(tmp_path).read([ONE, OTHER]) == {}
