"""Repositories' metadata: fetched, held against repomd.xml, bounded, kept, and read."""
