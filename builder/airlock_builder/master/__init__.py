"""From staged media to an ISO: the base ISO's boot files with our menu, our files, one deterministic image."""

from airlock_builder.master.mastering import Mastered, master, master_reserved, reserve

__all__ = ["Mastered", "master", "master_reserved", "reserve"]
