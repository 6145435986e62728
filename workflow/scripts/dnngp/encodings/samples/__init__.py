"""What a method sees of the samples of a fold: encoded markers, covariates, groups, environments."""
