from pathlib import Path

import pytest

from airlock_builder.manifest import kickstart, ksparse
from airlock_builder.stage.kickstarts import kickstarts
from airlock_core import media
from airlock_core.errors import Faults, InputError
from tests.unit.builder.manifest.writing import manifest, write


def test_only_airlock_placeholders_are_filled(tmp_path: Path) -> None:
    template = write(tmp_path / "a.ks.in", "echo $HOME ${PATH} $(ls) ${airlock_name} ${x:-1}\n")
    assert kickstart.render(template, {"name": "b"}).text == "echo $HOME ${PATH} $(ls) b ${x:-1}\n"


def test_each_placeholder_that_nothing_fills_is_named_by_file_and_line(tmp_path: Path) -> None:
    part = write(tmp_path / "parts/b.ks", "text\n${airlock_nane}\n")
    template = write(tmp_path / "a.ks.in", "#include parts/b.ks\n${airlock_other} ${airlock_open\n")
    with pytest.raises(Faults) as caught:
        kickstart.render(template, {"name": "x"})
    assert [(fault.where, fault.what) for fault in caught.value.faults] == [
        (f"{part}:2", "nothing fills ${airlock_nane}"),
        (f"{template}:2", "nothing fills ${airlock_other}"),
        (f"{template}:2", "nothing fills ${airlock_open"),
    ]
    assert caught.value.faults[0].todo == "did you mean ${airlock_name}?"


def test_parts_are_put_in_and_lines_keep_their_places(tmp_path: Path) -> None:
    part = write(tmp_path / "parts/b.ks", "two\nthree\n")
    template = write(tmp_path / "a.ks.in", "one\n#include parts/b.ks\n#included is a comment\n")
    rendered = kickstart.render(template, {})
    assert rendered.text == "one\ntwo\nthree\n#included is a comment\n"
    assert rendered.place(3) == f"{part}:2"


def test_a_part_that_is_missing_or_includes_itself_is_named(tmp_path: Path) -> None:
    write(tmp_path / "b.ks", "#include b.ks\n")
    with pytest.raises(Faults) as caught:
        kickstart.render(write(tmp_path / "a.ks.in", "#include none.ks\n#include b.ks\n"), {})
    assert [fault.what for fault in caught.value.faults] == ["there is no such part: none.ks", "b.ks includes itself"]


def test_a_list_is_one_item_a_line_and_an_empty_one_no_line(tmp_path: Path) -> None:
    template = write(tmp_path / "a.ks.in", "${airlock_many}\n${airlock_none}\nend\n")
    loaded = manifest(tmp_path, "kickstart: {deployer: a.ks.in, values: {many: [a, b], none: []}}\n")
    assert kickstart.render(template, kickstart.values(loaded)).text == "a\nb\nend\n"


@pytest.mark.parametrize("values", ["{label: X}", '{a: "x\\ny"}', "{A-b: x}"])
def test_a_value_may_not_hide_the_releases_own_nor_hold_a_line_feed(tmp_path: Path, values: str) -> None:
    loaded = manifest(tmp_path, f"kickstart: {{values: {values}}}\n")
    with pytest.raises(InputError, match=r"manifest\.yaml: kickstart\.values"):
        kickstart.values(loaded)


def test_kickstarts_stand_at_their_places_on_the_medium(tmp_path: Path) -> None:
    write(tmp_path / "a.ks.in", "# ${airlock_label} ${airlock_version} ${airlock_release}\n")
    loaded = manifest(tmp_path, "kickstart: {deployer: a.ks.in}\n")
    assert kickstarts(loaded) == {media.DEPLOYER_KS: "# SAMPLE-1_0 1.0 8.10\n"}


def test_what_the_kickstarts_install_is_known(tmp_path: Path) -> None:
    write(tmp_path / "a.ks.in", "%packages\n@^minimal\n@core\nchrony\n-vim\n%end\n")
    write(tmp_path / "b.ks.in", "%packages\n@core\ntar\n%end\n")
    loaded = manifest(tmp_path, "kickstart: {deployer: a.ks.in, node: b.ks.in}\n")
    assert ksparse.requested(loaded) == ("@^minimal", "@core", "chrony", "tar")
