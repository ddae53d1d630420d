from pathlib import PurePosixPath

import pytest

from airlock_builder.master import grub_cfg, isolinux_cfg
from airlock_builder.master.base import edit_text
from airlock_builder.master.menu import Menu, menu
from airlock_core import media

OLD, NEW = "Rocky-8-10-x86_64-dvd", "BURRITO-1_4_4"

ISOLINUX_8 = f"""\
default vesamenu.c32
timeout 600
display boot.msg
menu background splash.png
menu title Rocky Linux 8.10
menu color title 0 #ffcc000000 #00000000 none
label linux
  menu label ^Install Rocky Linux 8.10
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL={OLD} quiet
label check
  menu label Test this ^media & install Rocky Linux 8.10
  menu default
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL={OLD} rd.live.check quiet
menu begin ^Troubleshooting
  menu title Troubleshooting
label rescue
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL={OLD} inst.rescue quiet
menu end
"""

GRUB_8 = f"""\
set default="1"

function load_video {{
  insmod efi_gop
}}

load_video
set timeout=60
### BEGIN /etc/grub.d/00_header ###
search --no-floppy --set=root -l '{OLD}'

### BEGIN /etc/grub.d/10_linux ###
menuentry 'Install Rocky Linux 8.10' --class fedora --class os {{
	linuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL={OLD} quiet
	initrdefi /images/pxeboot/initrd.img
}}
menuentry 'Test this media & install Rocky Linux 8.10' --class fedora --class os {{
	linuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL={OLD} rd.live.check quiet
	initrdefi /images/pxeboot/initrd.img
}}
submenu 'Troubleshooting -->' {{
	menuentry 'Rescue' --class fedora {{
		linuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL={OLD} inst.rescue quiet
		initrdefi /images/pxeboot/initrd.img
	}}
}}
"""

GRUB_9 = GRUB_8.replace("linuxefi", "linux").replace("initrdefi", "initrd")


@pytest.fixture
def ours() -> Menu:
    return menu("burrito 1.4.4", OLD, NEW, {media.DEPLOYER_KS, media.NODE_KS})


@pytest.mark.parametrize("text", [ISOLINUX_8, GRUB_8, GRUB_9], ids=["isolinux", "grub of 8", "grub of 9"])
def test_the_first_entry_installs_the_deployer_by_itself_from_the_new_label(text: str, ours: Menu) -> None:
    new, is_menu = edit_text(text, ours)
    lines = [line.strip() for line in new.splitlines() if "inst.stage2" in line]
    assert is_menu
    assert OLD not in new
    assert len(lines) == 3
    wanted = (
        f"inst.stage2=hd:LABEL={NEW} inst.ks=hd:LABEL={NEW}:/ks/deployer.ks console=tty0 console=ttyS0,115200 quiet"
    )
    assert lines[0].endswith(wanted)
    assert f"inst.ks=hd:LABEL={NEW}:/ks/node.ks" in lines[1]
    assert "inst.rescue" in lines[2]
    assert "rd.live.check" not in new
    assert all("console=ttyS0,115200" in line for line in lines)


@pytest.mark.parametrize("text", [ISOLINUX_8, GRUB_8, GRUB_9], ids=["isolinux", "grub of 8", "grub of 9"])
def test_editing_what_was_edited_changes_nothing(text: str, ours: Menu) -> None:
    once, _ = edit_text(text, ours)
    again, _ = edit_text(once, Menu(ours.title, NEW, NEW, ours.entries))
    assert again == once


def test_isolinux_keeps_its_looks_and_counts_five_seconds(ours: Menu) -> None:
    new = isolinux_cfg.rewrite(ISOLINUX_8, ours).splitlines()
    assert new[:3] == ["default vesamenu.c32", "timeout 50", "menu title burrito 1.4.4"]
    assert "menu background splash.png" in new
    assert "display boot.msg" in new
    assert new.count("  menu default") == 1
    assert not any("menu end" in line or "timeout 600" in line for line in new)
    assert "  append initrd=initrd.img inst.stage2" in "\n".join(new)


def test_grub_keeps_its_functions_and_search_and_counts_five_seconds(ours: Menu) -> None:
    new = grub_cfg.rewrite(GRUB_8, ours)
    assert new.startswith('set default="0"\nset timeout=5\n')
    assert "function load_video {\n  insmod efi_gop\n}\n" in new
    assert f"search --no-floppy --set=root -l '{NEW}'" in new
    assert "submenu" not in new
    assert new.count("{") == new.count("}")
    assert "--class fedora --class os {" in new


@pytest.mark.parametrize("command", ["linuxefi /images", "linux /images"])
def test_grub_keeps_the_commands_of_its_base(command: str, ours: Menu) -> None:
    text = GRUB_8 if command.startswith("linuxefi") else GRUB_9
    assert f"\t{command}/pxeboot/vmlinuz" in grub_cfg.rewrite(text, ours)


def test_isolinux_without_a_menu_program_boots_its_first_entry(ours: Menu) -> None:
    text = "default linux\nprompt 1\ntimeout 600\nlabel linux\n  kernel vmlinuz\n  append initrd=initrd.img\n"
    new = isolinux_cfg.rewrite(text, ours).splitlines()
    assert new[:3] == ["default entry0", "prompt 1", "timeout 50"]


def test_a_label_with_a_blank_is_found_as_it_is_written(ours: Menu) -> None:
    blank = Menu(ours.title, "CentOS 8", NEW, ours.entries)
    assert edit_text(r"search -l 'CentOS 8' LABEL=CentOS\x208", blank)[0] == f"search -l '{NEW}' LABEL={NEW}"


def test_a_medium_without_kickstarts_is_installed_by_hand() -> None:
    plain = menu("burrito 1.4.4", OLD, NEW, set())
    new, _ = edit_text(GRUB_8, plain)
    assert "inst.ks" not in new
    assert "by hand" in new


def test_a_medium_without_a_node_kickstart_has_no_such_entry() -> None:
    assert len(menu("x", OLD, NEW, {media.DEPLOYER_KS, PurePosixPath("other")}).entries) == 2


def test_other_texts_are_only_relabelled(ours: Menu) -> None:
    assert edit_text(f"title {OLD}\n", ours) == (f"title {NEW}\n", False)
