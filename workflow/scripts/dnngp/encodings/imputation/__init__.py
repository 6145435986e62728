"""Missing calls filled from the training samples of a fold."""
