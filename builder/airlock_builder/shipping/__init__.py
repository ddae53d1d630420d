"""Releases as OCI artifacts: locks, documents and ISOs, to registries and from them."""
