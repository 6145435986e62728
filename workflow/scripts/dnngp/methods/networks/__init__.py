"""The engine that trains every network."""
