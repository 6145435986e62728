"""What it costs to train DNNGP: the engine against plain Keras and against the arithmetic itself.

Prints CPU seconds of one thread, measured in this run, then one line of ratios:

vs_fit            ten folds with the engine / the same ten with a new model and Keras' ``fit``
vs_processes      the same / ten processes with one ``fit`` each (one is measured, times ten)
fold_fixed_s      CPU seconds of a further fold beside its epochs
epoch_floor_P     one epoch of 540 rows and P features / its arithmetic at the core's matrix-product speed
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np

ROWS, FEATURES, EPOCHS, FOLDS, BATCH = 540, 100, 30, 10, 28
NETWORK = {"activation": "relu", "dropout1": 0.5, "dropout2": 0.3}
# Forward and backward pass of one row, per feature (the two 64 x 64 convolutions are 99 % of it).
FLOPS_PER_FEATURE = 198_784


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process and of the children it waited for."""
    before = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - before


def data(features: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal features (540, p, 1) and trait (540,)."""
    draw = np.random.default_rng(0)
    return draw.normal(size=(ROWS, features, 1)).astype("f"), draw.normal(size=ROWS).astype("f")


def keras_fit() -> None:
    """One fold the plain way: a new model, compiled and fitted by Keras."""
    from dnngp.methods.dnngp import released
    from dnngp.methods.networks.backend import keras
    from dnngp.methods.networks.layers import layer_set

    model = released((FEATURES, 1), layer_set("keras"), **NETWORK)
    model.compile(keras.optimizers.Adam(1e-3), loss="mse")
    model.fit(*data(FEATURES), batch_size=BATCH, epochs=EPOCHS, verbose=0)


def engine_fit(seed: int, epochs: int = EPOCHS) -> None:
    """One fold with the engine."""
    from dnngp.methods.dnngp import DNNGP

    x, y = data(FEATURES)
    DNNGP(stopping="none", epochs=epochs, batch_size=BATCH, random_state=seed).fit(x[..., 0], y)


def epoch_floor(features: int, peak: float) -> float:
    """Best of three epochs over the time of its arithmetic at ``peak`` FLOPs a second."""
    from dnngp.methods.dnngp import released
    from dnngp.methods.networks import training

    engine = training.engine(released, (features, 1), **NETWORK)
    engine.reset(0)
    tensors, rows, none = engine.data(*data(features)), np.arange(ROWS), np.arange(0)
    engine.epoch(*tensors, rows[:BATCH], BATCH, 1e-3, none)
    best = min(cpu_seconds(lambda: engine.epoch(*tensors, rows, BATCH, 1e-3, none)) for _ in range(3))
    print(f"epoch, p = {features}: {best:.3f} s")
    return best / (ROWS * features * FLOPS_PER_FEATURE / peak)


def matrix_speed() -> float:
    """Best rate of a 2,048-square float32 matrix product in TensorFlow, FLOPs a second."""
    from dnngp.methods.networks.backend import tf

    a = tf.random.normal((2048, 2048))
    return 2 * 2048**3 / min(cpu_seconds(lambda: tf.matmul(a, a).numpy()) for _ in range(8))


def main() -> None:
    """Measure and print."""
    one_process = cpu_seconds(lambda: subprocess.run([sys.executable, __file__, "fit"], check=True))
    import dnngp.methods.networks.backend  # noqa: F401  (so that its import counts neither way)

    by_fit = cpu_seconds(lambda: [keras_fit() for _ in range(FOLDS)])
    by_engine = cpu_seconds(lambda: [engine_fit(fold) for fold in range(FOLDS)])
    one, three = cpu_seconds(lambda: engine_fit(0, 1)), cpu_seconds(lambda: engine_fit(0, 3))
    fixed = one - (three - one) / 2
    peak = matrix_speed()
    print(f"ten folds, p = {FEATURES}, {EPOCHS} epochs: engine {by_engine:.1f} s, fit {by_fit:.1f} s,")
    print(f"ten processes {FOLDS * one_process:.1f} s; matrix product {peak / 1e9:.0f} GFLOP/s")
    figures = {
        "vs_fit": by_engine / by_fit,
        "vs_processes": by_engine / (FOLDS * one_process),
        "fold_fixed_s": fixed,
        "epoch_floor_250": epoch_floor(250, peak),
        "epoch_floor_1279": epoch_floor(1279, peak),
    }
    print("training", *(f"{name}={value:.3f}" for name, value in figures.items()))


if __name__ == "__main__":
    keras_fit() if sys.argv[1:] == ["fit"] else main()
