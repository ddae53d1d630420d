"""``doctor``: looks at all it can reach, judges what it found, and changes nothing."""
