"""Marker weights by a network that was trained on simulated populations."""
