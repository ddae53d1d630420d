"""``python -m airlock_installer``: what the launcher beside the environment starts."""

from airlock_installer.cli import main

main()
