#!/usr/bin/python
"""Certificates of the registries behind the virtual address, by the site's CA. It runs on the deployer alone.

Keys are written to files for root alone, and are told to nobody.
"""

import datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: site_certificates
short_description: Certificates of the registries behind the virtual address
description: Makes each where it lacks, and anew where it lacks a name or runs out; the CA stays as it is.
options:
  authority: {description: The folder with the CA's certificate and key., type: path, required: true}
  certificates:
    description: Names and addresses by the folder that certificate and key go to.
    type: dict
    required: true
author: airlock
"""
RETURN = """
renewed: {description: Folders whose certificate is new., returned: always, type: list}
"""


def main() -> None:
    """The module."""
    module = AnsibleModule(
        argument_spec={
            "authority": {"type": "path", "required": True},
            "certificates": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    # The deployer's own Python has it; Ansible carries nothing of it along.
    from airlock_core.errors import AirlockError
    from airlock_installer.serve import pki

    now, authority = datetime.datetime.now(datetime.UTC), Path(module.params["authority"])
    renewed = []
    try:
        for folder, names in sorted(module.params["certificates"].items()):
            place = pki.Pki(Path(folder), authority)
            if module.check_mode:
                if pki.is_due(place, names, now):
                    renewed.append(folder)
            elif pki.ensure(place, names, now):
                renewed.append(folder)
    except AirlockError as error:
        module.fail_json(msg="; ".join(error.lines()))
    module.exit_json(changed=bool(renewed), renewed=renewed)


if __name__ == "__main__":
    main()
