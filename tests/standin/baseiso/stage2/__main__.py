"""Run the installer: python3 -m stage2."""

from .main import main

main()
