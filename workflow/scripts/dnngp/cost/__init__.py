"""What runs cost: models of time and memory, and the estimate of a run."""
