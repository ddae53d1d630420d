from collections.abc import Iterable
from pathlib import Path

import pytest

from airlock_builder.manifest import kickstart, ksparse
from airlock_builder.manifest.kspackages import Item, KickstartPackages
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


def installs(folder: Path, text: str) -> KickstartPackages:
    write(folder / "a.ks.in", text)
    (found,) = ksparse.requested(manifest(folder, "kickstart: {deployer: a.ks.in}\n"))
    return found


def texts(items: Iterable[Item]) -> list[str]:
    return [item.text for item in items]


def test_what_a_kickstart_installs_is_known_with_its_lines(tmp_path: Path) -> None:
    found = installs(tmp_path, "text\n%packages\n@^minimal\n@tools\nchrony\n-vim*\n-@mail\n%end\n")
    assert texts(found.requests) == ["@^minimal", "@core", "@tools", "chrony", "kernel"]
    assert texts(found.without) == ["@mail", "vim*"]
    assert found.requests[3].where.endswith("a.ks.in:5")
    assert [item.text for item in found.requests if item.optional] == ["kernel"]


def test_the_core_group_and_the_kernel_come_in_as_anaconda_adds_them(tmp_path: Path) -> None:
    assert texts(installs(tmp_path, "%packages\n%end\n").requests) == ["@core", "kernel"]
    bare = installs(tmp_path, "%packages --nocore\nchrony\n-kernel\n%end\n")
    assert (texts(bare.requests), texts(bare.without)) == (["chrony"], ["kernel", "@core"])
    assert texts(installs(tmp_path, "text\n").requests) == []


def test_types_of_a_groups_packages_modules_and_all_architectures_are_understood(tmp_path: Path) -> None:
    found = installs(
        tmp_path,
        "module --name=nginx --stream=1.24\nmodule --name=perl --disable\n%packages --multilib --ignoremissing\n"
        "@a --nodefaults\n@b --optional\n@nodejs:18/common\n%end\n",
    )
    expected = ["@core", "@a/mandatory,conditional", "@b/mandatory,default,optional,conditional", "@nodejs:18/common"]
    assert texts(found.requests) == [*expected, "kernel"]
    assert all(item.optional for item in found.requests)
    assert (texts(found.enable), texts(found.disable), found.every_arch) == (["nginx:1.24"], ["perl"], True)


def test_a_choice_left_to_the_installer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.ks\.in:1: %packages --default leaves the choice to the installer"):
        installs(tmp_path, "%packages --default\n%end\n")
