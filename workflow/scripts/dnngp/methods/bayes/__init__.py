"""The Gibbs sampler of the Bayesian regressions."""
