#!/usr/bin/python
"""What is on a node's disks, and who uses those that the site's files name; nothing is changed.

It runs on the nodes, under Python 3.6 there, and all at once: each task of a playbook costs a node a start of Python.
Source: lsblk(8), wipefs(8); proc(5), /proc/PID/fd and fdinfo; open(2), O_EXCL.
"""

import errno
import json
import os
import stat
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: disks
short_description: What is on a node's disks
description:
  - Tells of the node's block devices what lsblk does, and of devices by name also signatures, bytes and users.
  - Signatures and mounts do not tell of PowerFlex, which makes none; whoever has the device open does.
options:
  paths:
    description: Paths of devices to look at closely; what is there no device has nothing on it and is used by nobody.
    type: list
    elements: str
    required: true
author: airlock
"""
RETURN = """
root_gb:
  description: Size of the root file system in units of 10^9 bytes, rounded up.
  returned: always
  type: int
lsblk:
  description: lsblk's answer, empty where it gives none and no path was named.
  returned: always
  type: dict
devices:
  description: Of each path its real path, wipefs's lines, whether the first MiB has other bytes than zeros, the
    programs that have it open for writing, and whether the kernel keeps it for itself (mount, LVM, RAID, multipath).
  returned: always
  type: list
osds:
  description: What the OSDs that live here keep their data on, as their links say.
  returned: always
  type: list
"""
# Without PATH and MOUNTPOINTS, which Enterprise Linux 8's lsblk does not have.
LSBLK = ["lsblk", "--json", "--bytes", "--paths", "--output", "NAME,TYPE,SIZE,FSTYPE,PTTYPE,MOUNTPOINT"]
START = 1 << 20
OSDS = Path("/var/lib/ceph")


def number(path: Path) -> int:
    """A block device's number; 0 where there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_rdev if stat.S_ISBLK(found.st_mode) else 0


def claimed(path: Path) -> bool:
    """Whether the kernel keeps a device for itself: then it cannot be opened exclusively."""
    try:
        os.close(os.open(str(path), os.O_RDONLY | os.O_EXCL | os.O_NONBLOCK))
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def programs() -> "dict[int, set[str]]":
    """The programs that have devices open for writing, by the devices' numbers."""
    found = {}  # type: dict[int, set[str]]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            descriptors = list((process / "fd").iterdir())
        except OSError:  # it has ended
            continue
        for descriptor in descriptors:
            device = number(descriptor)
            if device and writes(process / "fdinfo" / descriptor.name):
                found.setdefault(device, set()).add(program(process))
    return found


def writes(info: Path) -> bool:
    """Whether a process may write through a descriptor."""
    try:
        flags = dict(line.split(":", 1) for line in info.read_text().splitlines())["flags"]
    except (OSError, KeyError, ValueError):
        return False
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def program(process: Path) -> str:
    """The path of a process's program."""
    try:
        return os.readlink(str(process / "exe"))  # noqa: PTH115 - Path.readlink came with Python 3.9
    except OSError:
        return f"process {process.name}"


def written(path: Path) -> bool:
    """Whether a device begins with anything but zeros."""
    try:
        with path.open("rb") as device:
            return any(device.read(START))
    except OSError:
        return False


def osds(folder: Path) -> "list[str]":
    """Where OSDs have their data: of ceph-volume below /var/lib/ceph/osd, of cephadm below /var/lib/ceph/FSID."""
    links = [each / "block" for each in (folder, *folder.glob("*"), *folder.glob("*/*"))]
    return [os.readlink(str(link)) for link in links if link.is_symlink()]  # noqa: PTH115 - as above


def root_gb() -> int:
    """The root file system's size."""
    found = os.statvfs("/")
    return -(-found.f_blocks * found.f_frsize // 10**9)


def answer(module: AnsibleModule, words: "list[str]") -> "tuple[int, str, str]":
    """What a program says; status 127 where it is not there."""
    if module.get_bin_path(words[0]) is None:
        return 127, "", f"{words[0]} is not on this node"
    status, out, err = module.run_command(words)
    return int(status), str(out), str(err)


def main() -> None:
    """The module."""
    module = AnsibleModule(
        argument_spec={"paths": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True
    )
    paths = [Path(path) for path in module.params["paths"]]
    status, out, err = answer(module, LSBLK)
    if status and paths:
        module.fail_json(msg=f"lsblk does not tell what is on the disks: {err.strip()}", rc=status)
    users = programs() if paths else {}
    devices = [
        {
            "path": str(path),
            "real": os.path.realpath(str(path)),  # links that go round are no error to it
            "signatures": answer(module, ["wipefs", "--parsable", str(path)])[1].splitlines(),
            "written": written(path),
            "programs": sorted(users.get(number(path), ())),
            "claimed": number(path) != 0 and claimed(path),
        }
        for path in paths
    ]
    lsblk = json.loads(out) if not status else {}
    module.exit_json(changed=False, root_gb=root_gb(), lsblk=lsblk, devices=devices, osds=osds(OSDS))


if __name__ == "__main__":
    main()
