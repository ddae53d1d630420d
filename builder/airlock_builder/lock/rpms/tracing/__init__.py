"""Backwards from a lock: what brought a package in, and what it brought."""
