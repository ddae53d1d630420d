"""The medium at the site: found, mounted, checked."""
