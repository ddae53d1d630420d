"""Python wheels of a lock: what they require, and what brought them in."""
