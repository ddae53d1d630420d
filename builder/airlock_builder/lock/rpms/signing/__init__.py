"""Who signed each package, what speaks against it, and what the manifest excuses."""
