"""Later times from earlier ones."""

from __future__ import annotations

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.validation.draws import SMALLEST_FIRST, time_blocks
from dnngp.validation.scheme import SMALLEST_TEST, Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Blocks of consecutive times, each predicted by all earlier ones; the first is trained on alone."""
    block = np.array(time_blocks(units.known_times(), folds))
    if not block.any():
        raise UserError(
            f"the times of {len(block)} samples cannot be cut into {SMALLEST_FIRST} samples or more "
            f"to train on and {SMALLEST_TEST} or more later ones to test.",
            remedy="Leave `forward` out of `cv.schemes`.",
        )
    return Folds([(block < number, block == number) for number in range(1, block.max() + 1)])


SCHEME = Scheme(
    name="forward",
    predicts="the next year, the next cycle",
    target="the next cycle",
    meaning="Trains on all earlier times and tests the next block.",
    draw=draw,
    needs="time",
    order=40,
)
