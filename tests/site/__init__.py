"""Tests on nodes: containers with systemd, made from the stand-in's packages."""
