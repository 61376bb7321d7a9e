"""The cash desk. Knows amounts and references, never procedures."""
