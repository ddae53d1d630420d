"""Repositories of OCI registries, spoken to directly: documents, blobs of any size, and who may read and write them."""
