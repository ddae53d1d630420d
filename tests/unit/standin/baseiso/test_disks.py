"""The stand-in's stage 2 lays partitions out as the kickstart asks, or says why it does not."""

import pytest

from tests.standin.baseiso.stage2 import disks
from tests.standin.baseiso.stage2.disks import Clearing, Disk, Wish
from tests.standin.baseiso.stage2.errors import InstallError

ALL = Clearing(everything=True, initialise=True)
ROOT = Wish("/", "xfs", 2048, grow=True)


def test_the_one_partition_that_grows_takes_the_rest_of_the_disk() -> None:
    plan = disks.plan([ROOT], [Disk("vda", 20480)], ALL, "", uefi=False)
    assert [(part.device, part.start, part.size) for part in plan.partitions] == [("/dev/vda1", 1, 20477)]


def test_growing_partitions_share_in_proportion_to_their_size() -> None:
    wishes = [Wish("/", "xfs", 1000, grow=True), Wish("/var", "xfs", 3000, grow=True)]
    plan = disks.plan(wishes, [Disk("vda", 8003)], ALL, "", uefi=False)
    assert [part.size for part in plan.partitions] == [2000, 6000]


def test_a_partition_grows_no_further_than_its_limit() -> None:
    wishes = [Wish("/", "xfs", 1000, grow=True, limit=1500), Wish("/var", "xfs", 1000, grow=True)]
    plan = disks.plan(wishes, [Disk("vda", 10003)], ALL, "", uefi=False)
    assert [part.size for part in plan.partitions] == [1500, 8500]


def test_bios_machines_get_an_mbr_label_and_uefi_machines_gpt() -> None:
    small = [Disk("vda", 20480)]
    assert disks.usual_label(small, uefi=False) == "dos"
    assert disks.usual_label(small, uefi=True) == "gpt"
    assert disks.usual_label([Disk("vda", 3 * 1024 * 1024)], uefi=False) == "gpt"


def test_what_the_firmware_reads_comes_first() -> None:
    wishes = [ROOT, Wish("/boot", "xfs", 1024), Wish("/boot/efi", "efi", 600)]
    plan = disks.plan(wishes, [Disk("nvme0n1", 20480)], ALL, "", uefi=True)
    assert [part.wish.mountpoint for part in plan.partitions] == ["/boot", "/boot/efi", "/"]
    assert plan.partitions[1].device == "/dev/nvme0n1p2"


def test_sfdisk_is_told_the_label_and_each_partition() -> None:
    plan = disks.plan([Wish("biosboot", "biosboot", 1), ROOT], [Disk("vda", 1024 * 4)], ALL, "gpt", uefi=False)
    assert disks.sfdisk_script(plan, "vda").splitlines() == [
        "label: gpt",
        "unit: sectors",
        "1: start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649",
        "2: start=4096, size=8380416, type=linux",
    ]


def test_a_wish_goes_to_the_disk_that_it_names_by_any_of_its_names() -> None:
    machine = [Disk("vda", 4096), Disk("vdb", 4096, links=("disk/by-id/virtio-os",))]
    plan = disks.plan([Wish("/", "xfs", 1024, disk="/dev/disk/by-id/virtio-os")], machine, ALL, "", uefi=False)
    assert plan.disks == ["vdb"]


@pytest.mark.parametrize(
    ("wishes", "disk", "clearing", "uefi", "complaint"),
    [
        ([ROOT], Disk("vda", 1024), ALL, False, "needs 2048 MiB, 1021 MiB are free"),
        ([Wish("/", "xfs", 1, disk="sdz")], Disk("vda", 1024), ALL, False, "--ondisk=sdz: no such disk"),
        ([Wish("/home", "xfs", 10)], Disk("vda", 1024), ALL, False, "no root partition"),
        ([ROOT], Disk("vda", 4096), ALL, True, "UEFI needs a partition /boot/efi"),
        ([ROOT], Disk("vda", 4096, labelled=True), Clearing(initialise=True), False, "clearpart does not clear it"),
        ([ROOT], Disk("vda", 4096), Clearing(), False, "vda has no partition table"),
        ([ROOT, *[Wish(f"/{n}", "xfs", 9) for n in range(4)]], Disk("vda", 4096), ALL, False, "MBR label holds four"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_reason(
    wishes: list[Wish], disk: Disk, clearing: Clearing, uefi: bool, complaint: str
) -> None:
    with pytest.raises(InstallError, match=complaint):
        disks.plan(wishes, [disk], clearing, "", uefi)


def test_gpt_on_a_bios_machine_needs_a_bios_boot_partition() -> None:
    with pytest.raises(InstallError, match="part biosboot"):
        disks.plan([ROOT], [Disk("vda", 4096)], ALL, "gpt", uefi=False)


def test_only_the_disks_that_the_kickstart_leaves_are_used() -> None:
    machine = [Disk("vda", 100), Disk("vdb", 100), Disk("sda", 100, removable=True)]
    assert [disk.name for disk in disks.choose(machine, ["vdb"], [])] == ["vdb"]
    assert [disk.name for disk in disks.choose(machine, [], ["vda"])] == ["vdb"]
    with pytest.raises(InstallError, match="--only-use=sda: no such disk"):
        disks.choose(machine, ["sda"], [])
