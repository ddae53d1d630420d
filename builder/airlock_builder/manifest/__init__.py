"""What a release holds, as people write it (contract, "Manifest")."""

from airlock_builder.manifest.model import Manifest, schema

__all__ = ["Manifest", "schema"]
