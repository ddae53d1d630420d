"""Files locked: base ISO, plain files, Python wheels, Ansible collections, playbook projects."""

from airlock_builder.lock.files.lock import lock_base, lock_files

__all__ = ["lock_base", "lock_files"]
