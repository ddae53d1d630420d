"""From the media tree and the base ISO to one ISO."""
