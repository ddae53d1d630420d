"""Unit tests of the base ISO's stage 2: what it decides, without disks and without a machine."""
