"""Images and charts of the stand-in's registry: written by our own code, so their digests are the same everywhere."""
