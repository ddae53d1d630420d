"""airlock: the connected side, from a manifest to a verified medium."""
