"""What a release holds, as people write it (contract, "Manifest")."""
