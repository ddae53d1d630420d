"""The stand-in's stage 2 reads kickstarts as RHEL 8's Anaconda does and stops at what it would not carry out."""

from pathlib import Path
from typing import Any

import pytest

from tests.standin.baseiso.stage2 import kickstart, packages, wishes
from tests.standin.baseiso.stage2.disks import Disk
from tests.standin.baseiso.stage2.errors import InstallError

BASE = """\
text
cdrom
lang en_US.UTF-8
keyboard us
timezone UTC --utc
network --bootproto=dhcp --device=link --activate --onboot=yes --hostname=deployer
rootpw --lock
user --name=clex --groups=wheel --lock --gecos="Deployer"
sshkey --username=clex "ssh-ed25519 AAAA test"
selinux --disabled
firewall --disabled
services --enabled=sshd --disabled=foo
firstboot --disable
skipx
zerombr
ignoredisk --only-use=vda
clearpart --all --initlabel --drives=vda
reqpart
part / --fstype=xfs --size=2048 --grow --ondisk=vda
bootloader --timeout=1 --append="quiet" --boot-drive=vda
reboot
%packages
@core
nginx
-tree
%end
%addon com_redhat_kdump --disable
%end
"""
MACHINE = [Disk("vda", 20480)]


def read(tmp_path: Path, text: str, strict: bool = True) -> Any:
    path = tmp_path / "ks.cfg"
    path.write_text(text)
    return kickstart.commands(path, strict)


def test_a_whole_kickstart_is_read(tmp_path: Path) -> None:
    handler = read(tmp_path, BASE)
    plan = wishes.plan_for(handler, MACHINE, uefi=True, prefer_gpt=False)
    assert [part.wish.mountpoint for part in plan.partitions] == ["/boot/efi", "/"]


def test_inst_gpt_brings_a_bios_boot_partition_by_reqpart(tmp_path: Path) -> None:
    plan = wishes.plan_for(read(tmp_path, BASE), MACHINE, uefi=False, prefer_gpt=True)
    assert (plan.label, [part.wish.mountpoint for part in plan.partitions]) == ("gpt", ["biosboot", "/"])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("volgroup vg pv.1", "line 1: the command volgroup is not supported"),
        ("nfs --server=x --dir=/y", "line 1: the command nfs is not supported"),
        ("part /x --size=1 --encrypted --passphrase=x", "partition encrypted=True"),
        ("network --device=bond0 --bondslaves=a,b", "network bondslaves='a,b'"),
        ("clearpart --list=vda1", "clearpart devices="),
        ("nonsense --x", "the command nonsense is not supported"),
    ],
)
def test_what_is_not_carried_out_is_an_error_that_names_it(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(InstallError, match=complaint):
        read(tmp_path, f"{line}\n{BASE}")


def test_pre_scripts_run_before_included_files_are_looked_for(tmp_path: Path) -> None:
    included = tmp_path / "disk.ks"
    path = tmp_path / "ks.cfg"
    path.write_text(f"%include {included}\n%pre\nwrite it\n%end\n" + BASE)

    def run_pre(scripts: list[Any]) -> None:
        assert [script.script for script in scripts] == ["write it\n"]
        included.write_text("group --name=made-by-pre\n")

    handler = kickstart.read(path, True, run_pre)
    assert [group.name for group in handler.group.groupList] == ["made-by-pre"]


def test_a_file_to_include_that_pre_did_not_write_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="Unable to open input kickstart file"):
        kickstart.read(_written(tmp_path, "%include /nowhere.ks\n" + BASE), True, lambda scripts: None)


def test_a_deprecated_command_is_an_error_under_ksstrict_alone(tmp_path: Path) -> None:
    read(tmp_path, "install\n" + BASE, strict=False)
    with pytest.raises(InstallError, match="install"):
        read(tmp_path, "install\n" + BASE, strict=True)


def test_packages_ask_for_the_core_group_unless_told_not_to(tmp_path: Path) -> None:
    request = packages.request(read(tmp_path, BASE))
    assert (request.install, request.exclude) == (("@core", "nginx"), ("tree",))
    without = packages.request(read(tmp_path, BASE.replace("%packages", "%packages --nocore").replace("@core\n", "")))
    assert without.install == ("nginx",)


def test_a_repository_on_a_network_is_refused(tmp_path: Path) -> None:
    handler = read(tmp_path, "repo --name=x --baseurl=http://y/\n" + BASE)
    with pytest.raises(InstallError, match="only file:/// is supported"):
        packages.kickstart_repos(handler)


def test_a_partition_without_size_is_refused(tmp_path: Path) -> None:
    handler = read(tmp_path, BASE.replace("--size=2048", ""))
    with pytest.raises(InstallError, match="part / needs --size="):
        wishes.plan_for(handler, MACHINE, uefi=False, prefer_gpt=False)


def _written(folder: Path, text: str) -> Path:
    path = folder / "ks.cfg"
    path.write_text(text)
    return path
