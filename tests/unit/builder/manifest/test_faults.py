"""Each folder under faults/ is a manifest with faults, and the messages that it must get."""

from pathlib import Path

import pytest

from airlock_builder.manifest.load import load
from airlock_core.errors import AirlockError, ExitCode

CASES = sorted((Path(__file__).parent / "faults").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_faulty_manifest_gets_all_its_messages_at_once(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    with pytest.raises(AirlockError) as caught:
        load(Path("manifest.yaml"))
    assert caught.value.exit_code == ExitCode.INPUT
    assert "\n".join(caught.value.lines()) + "\n" == (case / "expected.txt").read_text(encoding="utf-8")


def test_no_message_has_the_jargon_of_the_validator() -> None:
    said = " ".join((case / "expected.txt").read_text(encoding="utf-8") for case in CASES).lower()
    assert not [word for word in ("pydantic", "str_type", "input should", "validation error", "extra_") if word in said]


def test_five_faults_get_five_messages_each_with_its_path() -> None:
    expected = (Path(__file__).parent / "faults/five_faults_of_five_kinds/expected.txt").read_text(encoding="utf-8")
    for path in (
        "metadata.number",
        "platform.release",
        "base.checksum",
        "rpms.repos[1].gpgkey",
        "rpms.repos[1].prioritty",
    ):
        assert f"manifest.yaml: {path}" in expected
