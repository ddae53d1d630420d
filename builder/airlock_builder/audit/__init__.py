"""What auditors ask of a medium: verify every byte, say what is on it."""
