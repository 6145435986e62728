"""One loop over folds, tuning, experiments, controls, and the tables that they become."""
