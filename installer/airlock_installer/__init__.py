"""airlock-site: the disconnected side, from a medium to an installed site."""
