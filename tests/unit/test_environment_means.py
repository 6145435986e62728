"""Means of environments that were never seen: what covariates may say of them."""

import numpy as np
import pytest

from dnngp.methods.mixed.environment_means import EnvironmentScale, similarity, with_new_means
from dnngp.methods.mixed.kernel_fit import fit_kernel


def standardised(features, seen):
    return (features - features[seen].mean(axis=0)) / features[seen].std(axis=0)


def test_means_and_deviations_are_those_of_the_records():
    y, environment = np.array([1.0, 3.0, 10.0, 10.0]), np.array([0, 0, 2, 2])
    found = EnvironmentScale.of(y, environment, 3)
    assert found.means.tolist() == [2, 6, 10]  # one that was not seen is an average one
    assert found.deviations.tolist() == [1, 1, 1]  # one that does not vary keeps its unit


def test_a_covariate_that_means_follow_is_followed():
    seen = np.arange(9) != 8
    rain = standardised(np.arange(9.0)[:, None], seen)
    means = np.arange(9.0)
    found = with_new_means(np.where(seen, means, np.nan), seen, rain)
    assert found[8] == pytest.approx(8, abs=0.2)
    assert found[seen].tolist() == means[seen].tolist()


def test_a_covariate_without_variance_moves_no_mean():
    """Means that alternate along the covariate: its variance is estimated at 0, and 0 it is, not nearly."""
    seen = np.arange(7) != 6
    rain = standardised(np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 4000.0])[:, None], seen)
    means = np.array([5.0, 5.1, 7.0, 6.9, 9.0, 9.0, np.nan])
    fit = fit_kernel(similarity(rain)[np.ix_(seen, seen)], means[seen])
    assert fit.components.absent
    assert with_new_means(means, seen, rain)[6] == means[seen].mean()


def test_few_environments_tell_nothing():
    seen = np.array([True, True, False])
    rain = standardised(np.array([[0.0], [1.0], [2.0]]), seen)
    assert with_new_means(np.array([1.0, 2.0, np.nan]), seen, rain)[2] == 1.5
    assert with_new_means(np.array([1.0, 2.0, np.nan]), seen, None)[2] == 1.5


def test_as_many_covariates_as_environments_do_not_extrapolate():
    """Noise of as many covariates interpolates the means; a new mean stays between those that were seen."""
    rng = np.random.default_rng(0)
    errors = {"covariates": [], "mean": []}
    for _ in range(300):
        features, means = rng.normal(size=(4, 4)), 7000 + 1000 * rng.normal(size=4)
        seen = np.arange(4) != 3
        found = with_new_means(means, seen, standardised(features, seen))[3]
        middle = means[seen].mean()
        assert abs(found - middle) <= np.abs(means[seen] - middle).max() / 2 + 1e-9
        assert means[seen].min() <= found <= means[seen].max()
        errors["covariates"].append(found - means[3])
        errors["mean"].append(middle - means[3])
    spread = {name: np.sqrt(np.mean(np.square(one))) for name, one in errors.items()}
    assert spread["covariates"] < 1.1 * spread["mean"]
