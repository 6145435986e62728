"""What boosted trees of any library share."""
