"""Drills: what proves a step by breaking something, on request alone."""
