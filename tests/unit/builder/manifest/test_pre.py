"""What the kickstarts' %pre decides, run by the shell on machines made of files."""

import os
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.manifest import ksparse
from airlock_builder.manifest.kickstart import Rendered
from airlock_builder.manifest.secrets import plaintext
from airlock_builder.manifest.tree import Place
from tests.unit.builder.manifest.machine import GB, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def chosen(machine: Machine) -> str:
    done = machine.run()
    assert done.returncode == 0, done.stderr
    return machine.result().split("--only-use=")[1].split("\n")[0]


def refused(machine: Machine) -> str:
    done = machine.run()
    assert done.returncode == 1
    assert not (machine.root / "tmp/airlock-disk.ks").exists()
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["sda", "nvme0n1", "mmcblk0", "vda"])
def test_the_only_disk_is_taken_unasked(machine: Machine, name: str) -> None:
    machine.disk(name)
    assert chosen(machine) == name


def test_disks_that_do_not_fit_are_left_out(machine: Machine) -> None:
    machine.disk("sda", 4 * GB)
    machine.disk("sdb", 1_200_000 * GB)
    machine.disk("sdc")
    machine.write("sys/block/sdc/removable", "1\n")
    machine.disk("mmcblk0boot0")
    machine.disk("nvme0n1")
    assert chosen(machine) == "nvme0n1"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"TYPE": "ceph_bluestore"}, "Ceph"),
        ({"TYPE": "LVM2_member"}, "LVM"),
        ({"TYPE": "linux_raid_member"}, "RAID"),
        ({"TYPE": "isw_raid_member"}, "RAID"),
        ({"TYPE": "iso9660"}, "an installation medium"),
        ({"TYPE": "ambivalent"}, "contradictory signatures"),
        ({"LABEL": "OEMDRV", "TYPE": "vfat"}, "the values of this site"),
    ],
)
def test_a_disk_with_someones_data_is_never_taken_unasked(machine: Machine, tags: dict[str, Any], reason: str) -> None:
    machine.disk("sda", **tags)
    assert "no disk may be taken unasked" in refused(machine)
    machine.disk("sdb")
    assert chosen(machine) == "sdb"
    assert reason in (machine.root / "tmp/airlock-disks").read_text()


@pytest.mark.parametrize(
    "tags",
    [
        {"TYPE": "LVM2_member"},
        {"PART_ENTRY_TYPE": "4fbd7e29-9d25-41b8-afd0-062c0ceff05d"},
        {"PART_ENTRY_TYPE": "0xfd"},
    ],
)
def test_data_on_a_partition_counts_too(machine: Machine, tags: dict[str, Any]) -> None:
    machine.disk("sda", content=b"table", PTTYPE="gpt")
    machine.part("sda", "sda1", **tags)
    assert "no disk may be taken unasked" in refused(machine)


def test_bytes_without_a_signature_may_be_powerflexs(machine: Machine) -> None:
    machine.disk("sda", content=b"\0" * 1000 + b"x")
    assert "no disk may be taken unasked" in refused(machine)


def test_a_disk_in_use_is_not_taken(machine: Machine) -> None:
    machine.disk("sda", PTTYPE="gpt", content=b"table")
    machine.part("sda", "sda1", TYPE="xfs")
    machine.write("proc/mounts", "/dev/sda1 /run/x xfs ro 0 0\n")
    assert "no disk may be taken unasked" in refused(machine)


def test_a_former_system_without_lvm_may_be_replaced(machine: Machine) -> None:
    machine.disk("sda", content=b"table", PTTYPE="dos")
    machine.part("sda", "sda1", content=b"xfs", TYPE="xfs")
    assert chosen(machine) == "sda"


def test_an_installed_node_is_not_erased_when_the_medium_stays_in_the_drive(machine: Machine) -> None:
    machine.disk("sda", content=b"table", PTTYPE="dos")
    machine.part("sda", "sda1", content=b"xfs", TYPE="xfs", LABEL="airlock-root")
    assert "several disks could be meant" in refused(machine)


def test_of_several_disks_none_is_taken_unasked(machine: Machine) -> None:
    for name in ("sda", "sdb", "sdc"):
        machine.disk(name)
    assert "sda sdb sdc" in refused(machine)


@pytest.mark.parametrize("told", ["S3RIAL", "s3rial"])
def test_a_serial_number_names_a_disk_whatever_is_on_it(machine: Machine, told: str) -> None:
    machine.disk("sda")
    machine.disk("sdb", serial="S3RIAL", TYPE="ceph_bluestore")
    machine.arguments.append(f"airlock.disk={told}")
    assert chosen(machine) == "sdb"


@pytest.mark.parametrize("told", ["0x5000C500A1B2", "naa.5000c500a1b2", "5000c500a1b2"])
def test_a_wwn_names_a_disk(machine: Machine, told: str) -> None:
    machine.disk("sda")
    machine.disk("sdb", TYPE="LVM2_member")
    machine.write("sys/block/sdb/device/wwid", "naa.5000c500a1b2\n")
    machine.arguments.append(f"airlock.disk={told}")
    assert chosen(machine) == "sdb"


def test_a_device_name_takes_a_free_disk_and_no_data(machine: Machine) -> None:
    machine.disk("sda")
    machine.disk("sdb", TYPE="LVM2_member")
    machine.arguments.append("airlock.disk=/dev/sda")
    assert chosen(machine) == "sda"
    (machine.root / "tmp/airlock-disk.ks").unlink()
    machine.arguments.append("airlock.disk=/dev/sdb")
    assert "sdb holds LVM" in refused(machine)


def test_a_disk_that_is_not_there_stops_the_installation(machine: Machine) -> None:
    machine.disk("sda")
    machine.arguments.append("airlock.disk=none")
    assert "there is no disk none here: sda: 100 GB" in refused(machine)


def test_a_person_at_a_console_chooses(machine: Machine) -> None:
    machine.disk("sda")
    machine.disk("sdb")
    machine.arguments.remove("airlock.ask=never")
    machine.write("sys/class/tty/console/active", "ttyS0\n")
    keyboard, terminal = os.openpty()
    try:
        (machine.root / "dev/ttyS0").symlink_to(os.ttyname(terminal))
        os.write(keyboard, b"sdz\n/dev/sdb\n")
        assert chosen(machine) == "sdb"
        assert b"not one of: sda sdb" in os.read(keyboard, 4096)
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_a_damaged_package_on_the_medium_stops_the_installation(machine: Machine) -> None:
    machine.disk("sda")
    machine.medium("an RPN")
    assert "the medium is damaged: BaseOS/Packages/a.rpm: FAILED" in refused(machine)
    machine.arguments.append("airlock.check=off")
    assert chosen(machine) == "sda"


def test_bios_has_one_root_and_uefi_three_partitions(machine: Machine) -> None:
    machine.disk("sda")
    chosen(machine)
    assert [line.split()[1] for line in machine.result().splitlines() if line.startswith("part ")] == ["/"]
    (machine.root / "sys/firmware/efi").mkdir(parents=True)
    chosen(machine)
    mounted = [line.split()[1] for line in machine.result().splitlines() if line.startswith("part ")]
    assert mounted == ["/boot/efi", "/boot", "/"]


def test_a_bios_with_a_disk_of_2_tib_gets_a_place_for_its_boot_loader(machine: Machine) -> None:
    machine.disk("sda", 2**41)
    chosen(machine)
    assert "part biosboot --fstype=biosboot" in machine.result()


@pytest.mark.parametrize("major", [8, 9])
@pytest.mark.parametrize("firmware", ["sys/firmware/none", "sys/firmware/efi"])
def test_what_it_writes_is_good_kickstart(machine: Machine, major: int, firmware: str) -> None:
    machine.disk("sda", 2**41)
    (machine.root / firmware).mkdir(parents=True)
    machine.arguments += ["airlock.ip=192.0.2.7", "airlock.nameserver=192.0.2.1", "airlock.password_hash=$6$salt$hash"]
    chosen(machine)
    text = "".join(machine.result(name) for name in ("disk", "network", "user"))
    rendered = Rendered(text, tuple(Place(Path("pre"), line=1) for _ in text.splitlines()))
    parsed = ksparse.parse(rendered, major)
    assert [str(fault) for fault in (*parsed.faults, *plaintext(rendered, parsed))] == []


def test_a_node_gets_a_name_of_its_own_and_the_deployer_its_given_one(machine: Machine) -> None:
    machine.disk("sda")
    chosen(machine)
    assert "--bootproto=dhcp" in machine.result("network")
    assert "--hostname=deployer" in machine.result("network")
    assert machine.run("node").returncode == 0
    assert "--hostname=node-abcdef" in machine.result("network")


def test_the_kernels_command_line_gives_an_address(machine: Machine) -> None:
    machine.disk("sda")
    machine.arguments += ["airlock.ip=192.0.2.7", "airlock.gateway=192.0.2.1", "airlock.hostname=control1"]
    chosen(machine)
    network = machine.result("network")
    assert network.startswith("network --bootproto=static --ip=192.0.2.7 --netmask=255.255.255.0 --gateway=192.0.2.1")
    assert "--hostname=control1" in network


def test_a_plain_password_is_refused_before_a_disk_is_looked_at(machine: Machine) -> None:
    machine.disk("sda")
    machine.arguments.append("airlock.password_hash=secret")
    assert "must be a SHA-512 hash" in refused(machine)


def test_the_user_is_locked_with_a_key_or_has_a_hash(machine: Machine) -> None:
    machine.disk("sda")
    chosen(machine)
    assert machine.result("user").startswith("user --name=clex --groups=wheel --lock\nsshkey --username=clex ")
    machine.arguments.append("airlock.password_hash=$6$salt$hash")
    chosen(machine)
    assert '--iscrypted --password="$6$salt$hash"' in machine.result("user")
