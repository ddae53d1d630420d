"""kernel-core: Debian's kernel with the modules that virtual machines need, and an initramfs that fits any."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.standin.packages.base import chroot
from tests.standin.packages.debs import Deb
from tests.standin.packages.names import words
from tests.standin.run import run

# Patterns of paths below kernel/; what these need comes with them.
WANTED = r"""
    drivers/virtio/ drivers/block/(virtio_blk|loop|zram|nbd)\.ko drivers/net/(virtio_net|veth|tun|dummy|macvlan|tap)\.ko
    drivers/net/(bonding|vxlan|wireguard)/ drivers/net/ethernet/intel/(e1000|e1000e)/ drivers/net/ethernet/realtek/8139
    drivers/char/hw_random/virtio drivers/ata/(ahci|ata_piix|ata_generic|libahci|pata_acpi)\.ko drivers/nvme/host/nvme
    drivers/scsi/(sd_mod|sr_mod|sg|virtio_scsi)\.ko drivers/cdrom/ drivers/usb/(storage/(usb-storage|uas)\.ko|host/)
    drivers/hid/(hid|hid-generic|usbhid/usbhid)\.ko drivers/watchdog/(i6300esb|iTCO_wdt|softdog)\.ko drivers/rtc/
    drivers/md/dm-(mod|mirror|snapshot|crypt|verity|thin-pool|log)\.ko drivers/firmware/qemu_fw_cfg\.ko
    drivers/gpu/drm/(tiny/bochs|virtio/virtio-gpu|tiny/simpledrm) drivers/i2c/busses/i2c-(piix4|i801)\.ko
    drivers/input/evdev\.ko
    fs/(ext4|xfs|isofs|squashfs|overlayfs|fat|nls/nls_(cp437|iso8859-1|ascii|utf8)|fuse|autofs|binfmt_misc|efivarfs|9p)
    net/(bridge|8021q|ipv4|ipv6|netfilter|packet|unix|9p|sched/sch_(ingress|fq_codel|htb)) net/802/ net/llc/
    crypto/(crc32c|sha256|sha512|aes|xts|cbc|ctr|gcm) arch/x86/crypto/(crc32c|aesni|sha) lib/crc
"""  # fmt: skip

# In the initramfs: what finds and mounts a root on the disks of a virtual machine.
INITRAMFS = words("""
    virtio_pci virtio_blk virtio_scsi virtio_net ahci ata_piix ata_generic sd_mod sr_mod nvme usb_storage uas
    xhci_pci ehci_pci uhci_hcd isofs squashfs overlay loop ext4 xfs vfat nls_cp437 nls_ascii nls_iso8859-1 dm_mod
    crc32c_intel crc32c_generic
""")

_WRITE = 'printf "%s\\n" {modules} > /etc/initramfs-tools/modules; mkinitramfs -o /boot/{image} {version}'


def unpack(image: Deb, target: Path) -> Path:
    """Unpack package ``image`` into ``target`` and find out which module needs which."""
    run("dpkg-deb", "--extract", str(image.file), target)
    run("depmod", "--basedir", target, _version(target))
    return target


def build(unpacked: Path, root: Path, tree: Path) -> None:
    """Fill ``tree`` from the ``unpacked`` package, which goes away.

    ``root`` is a configured root with initramfs-tools, whose programs the initramfs gets; the modules are in
    it while that is made.
    """
    version = _version(unpacked)
    modules = tree / "usr/lib/modules" / version
    _select(unpacked, version, modules)
    _boot_files(unpacked / "boot", tree / "boot", version)
    shutil.rmtree(unpacked)
    run("depmod", "--basedir", tree / "usr", version)
    _initramfs(root, tree, version)


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


def _initramfs(root: Path, tree: Path, version: str) -> None:
    lent = (Path("usr/lib/modules") / version, Path("boot") / f"config-{version}")
    image = f"initramfs-{version}.img"
    for path in lent:
        run("cp", "-a", tree / path, root / path)
    try:
        chroot(root, _WRITE.format(modules=_quoted(INITRAMFS), image=image, version=version))
        shutil.move(root / "boot" / image, tree / "boot" / image)
    finally:
        run("rm", "-r", *(root / path for path in lent))


def _quoted(words: Iterable[str]) -> str:
    return " ".join(f"'{word}'" for word in words)
