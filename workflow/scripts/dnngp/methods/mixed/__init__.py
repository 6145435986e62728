"""Mixed models: restricted likelihood and BLUP."""
