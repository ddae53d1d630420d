"""kernel-core: Debian's kernel with the modules that virtual machines need, and an initramfs that fits any."""

import re
import shutil
from pathlib import Path

from tests.standin.baseiso import initrd
from tests.standin.baseiso.kernel import Kernel, lighten
from tests.standin.packages.debs import Deb
from tests.standin.packages.names import words
from tests.standin.run import run

# Patterns of paths below kernel/; what these need comes with them.
WANTED = r"""
    drivers/virtio/ drivers/block/(virtio_blk|loop|zram|nbd)\.ko drivers/net/(virtio_net|veth|tun|dummy|macvlan|tap)\.ko
    drivers/net/(bonding|vxlan|wireguard)/ drivers/net/ethernet/intel/(e1000|e1000e)/ drivers/net/ethernet/realtek/8139
    drivers/char/hw_random/virtio drivers/ata/(ahci|ata_piix|ata_generic|libahci|pata_acpi)\.ko drivers/nvme/host/nvme
    drivers/scsi/(sd_mod|sr_mod|virtio_scsi)\.ko drivers/cdrom/ drivers/usb/(storage/(usb-storage|uas)\.ko|host/)
    drivers/hid/(hid|hid-generic|usbhid/usbhid)\.ko drivers/watchdog/(i6300esb|iTCO_wdt|softdog)\.ko drivers/rtc/
    drivers/md/dm-(mod|mirror|snapshot|crypt|verity|thin-pool|log)\.ko drivers/firmware/qemu_fw_cfg\.ko
    drivers/input/evdev\.ko
    fs/(ext4|xfs|isofs|squashfs|overlayfs|fat|nls/nls_(cp437|iso8859-1|ascii|utf8)|fuse|autofs|binfmt_misc|efivarfs|9p)
    net/(bridge|8021q|ipv4|ipv6|netfilter|packet|unix|9p|sched/sch_(ingress|fq_codel|htb)) net/802/ net/llc/
    crypto/(crc32c|sha256|sha512|aes|xts|cbc|ctr|gcm) arch/x86/crypto/crc32c lib/crc
"""  # fmt: skip

# In the initramfs: what finds and mounts a root on the disks of a virtual machine.
INITRAMFS = words("""
    virtio_pci virtio_blk virtio_scsi ahci ata_piix sd_mod nvme usb_storage uas xhci_pci ehci_pci uhci_hcd
    ext4 xfs crc32c_intel crc32c_generic
""")
INIT = Path(__file__).with_name("initramfs") / "init"


def unpack(image: Deb, target: Path) -> Path:
    """Unpack package ``image`` into ``target`` and find out which module needs which."""
    run("dpkg-deb", "--extract", str(image.file), target)
    run("depmod", "--basedir", target, _version(target))
    return target


def build(unpacked: Path, tree: Path) -> None:
    """Fill ``tree`` from the ``unpacked`` package, which goes away.

    Raises LookupError when there is no busybox to put into the initramfs.
    """
    version = _version(unpacked)
    modules = tree / "usr/lib/modules" / version
    _select(unpacked, version, modules)
    lighten(modules)
    _boot_files(unpacked / "boot", tree / "boot", version)
    shutil.rmtree(unpacked)
    run("depmod", "--basedir", tree / "usr", version)
    made = Kernel(version, tree / f"boot/vmlinuz-{version}", tree / "usr")
    initrd.build(made, busybox(), tree / f"boot/initramfs-{version}.img", INIT, INITRAMFS)


def busybox() -> Path:
    """Return the host's busybox, a static program. Raises LookupError when there is none."""
    found = shutil.which("busybox")
    if found is None:
        raise LookupError("busybox is not installed: the initramfs of the stand-in's kernel is made with it")
    return Path(found)


def _version(unpacked: Path) -> str:
    """Return the version of the kernel as uname says it."""
    return next((unpacked / "lib/modules").iterdir()).name


def _select(unpacked: Path, version: str, target: Path) -> None:
    source = unpacked / "lib/modules" / version
    needs = dict(line.split(":", 1) for line in (source / "modules.dep").read_text().splitlines())
    pattern = re.compile("kernel/(" + "|".join(words(WANTED)) + ")")
    chosen = {path for path in needs if pattern.match(path)}
    for path in sorted(chosen.union(*(needs[path].split() for path in chosen))):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, target / path)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy2(source / name, target / name)


def _boot_files(source: Path, target: Path, version: str) -> None:
    target.mkdir(parents=True)
    for name in (f"vmlinuz-{version}", f"config-{version}"):
        shutil.copy2(source / name, target / name)
