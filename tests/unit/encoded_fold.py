"""A fold encoded as a method sees it: training and test samples beside each other."""

from types import SimpleNamespace

from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet


def encoded_fold(genotypes, encoding, form, train, test, maf=0.0, omics=None):
    """What ``form`` (array or kernel) of an encoding gives for training and test samples, by row number."""
    training = TrainingSet(Population(genotypes, maf, 0, omics), train)
    return encoded(training, training.records(test), encoding, form)


def encoded(training, records, encoding, form):
    """Likewise of a training set and records."""
    fitted = training.encoded(encoding, form)
    found = SimpleNamespace(
        n_features=fitted.n_features, fingerprint=fitted.fingerprint, details=getattr(fitted, "details", {}),
        train=None, test=None, kernel=None, cross=None, diagonal=None,
    )  # fmt: skip
    if form == "array":
        one, other = training.array(encoding), records.array(encoding)
        found.train, found.test, found.widths = one.values, other.values, one.widths
        return found
    one, other = training.kernel(encoding), records.kernel(encoding)
    found.kernel, found.cross, found.diagonal = one.values, other.values, other.diagonal
    found.scale, found.layers, found.others = one.scale, one.layers, other.layers
    return found
