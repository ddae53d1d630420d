#!/usr/bin/python
"""Who uses a block device, where no signature and no mount tells: programs that write to it, and the kernel itself.

It runs on the nodes, under Python 3.6 there. Source: proc(5), /proc/PID/fd and fdinfo; open(2), O_EXCL.
"""

import errno
import os
import stat
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: device_users
short_description: Who uses block devices
description: Tells which programs have devices open for writing, and whether the kernel keeps one for itself.
options:
  paths:
    description: Paths of devices; what is there no device is used by nobody.
    type: list
    elements: str
    required: true
author: airlock
"""
RETURN = """
programs:
  description: The programs that have a device open for writing, in the order of the paths.
  returned: always
  type: list
claimed:
  description: Whether the kernel keeps a device (for a mount, LVM, RAID, multipath), in the order of the paths.
  returned: always
  type: list
"""


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


def main() -> None:
    """The module."""
    module = AnsibleModule(
        argument_spec={"paths": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True
    )
    paths = [Path(path) for path in module.params["paths"]]
    users = programs() if paths else {}
    module.exit_json(
        changed=False,
        programs=[sorted(users.get(number(path), ())) for path in paths],
        claimed=[number(path) != 0 and claimed(path) for path in paths],
    )


if __name__ == "__main__":
    main()
