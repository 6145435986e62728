"""Lines in several conditions - environments or traits -, where the unit of a fold is a record."""
