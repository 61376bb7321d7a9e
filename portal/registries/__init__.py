"""The state's own registers (LGSP): looked up for a person and a purpose, every look-up logged."""
