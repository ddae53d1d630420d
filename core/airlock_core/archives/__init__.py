"""Tar archives of strangers: where their files stand, and that nothing in them leads out of them."""
