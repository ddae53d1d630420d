"""The site in a folder: inventory, variables, samples."""
