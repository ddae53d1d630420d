"""What is locked beside images: signatures, attestations, SBOMs, and what else refers to them."""
