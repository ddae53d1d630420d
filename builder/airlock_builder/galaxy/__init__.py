"""Ansible collections as Galaxy knows them: versions and ranges, archives, and which belong together."""
