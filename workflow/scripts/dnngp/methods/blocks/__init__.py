"""Ridge regression in two levels: within blocks of markers, and over their predictors."""
