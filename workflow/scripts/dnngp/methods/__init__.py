"""Methods of genomic prediction: a registry, and one file per family of scikit-learn regressors."""
