"""From locks and store to the media tree."""
