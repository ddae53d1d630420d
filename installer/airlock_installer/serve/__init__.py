"""What the deployer serves straight from the medium: the genesis registry and the local repo."""
