#!/usr/bin/python
"""Switch the repos of dnf off that a folder's files name. It runs on the nodes, under Python 3.6 there."""

import os
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.repo_files import switched_off

DOCUMENTATION = """
module: repos_off
short_description: Switch repos of dnf off
description: Has C(enabled=0) where a repo is on, also by saying nothing; all else in the files stays.
options:
  folder: {description: Where the files are., type: path, required: true}
  keep: {description: The name of the file whose repos stay as they are., type: str, required: true}
author: airlock
"""
RETURN = """
files: {description: Paths of the files that had repos that were on., returned: always, type: list}
"""


def main() -> None:
    """The module."""
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "keep": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    folder, keep = Path(module.params["folder"]), module.params["keep"]
    diff = []
    try:
        for path in sorted(each for each in folder.glob("*.repo") if each.name != keep):
            before = path.read_bytes()
            after = switched_off(before)
            if after != before:
                diff.append({"before_header": str(path), "before": shown(before), "after": shown(after)})
                if not module.check_mode:
                    write(module, path, after)
    except OSError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(diff), files=[each["before_header"] for each in diff], diff=diff)


def write(module: AnsibleModule, path: Path, text: bytes) -> None:
    """Have a text in a file's place at once, with the owner and the mode that it had."""
    handle, name = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
    module.atomic_move(name, os.path.realpath(str(path)))


def shown(text: bytes) -> str:
    """A text for people."""
    return text.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
