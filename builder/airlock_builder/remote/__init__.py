"""The network, and nothing but the network: HTTP, registries, package indexes."""
