"""Module streams: their documents, which of them are active, and what that hides."""
