"""The bundle for those who help from afar: all that is needed to understand a deployer, and no secret."""
