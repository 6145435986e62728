"""TensorFlow and Keras, imported quietly and set up alike in every process: ``from
dnngp.methods.networks.backend import tf``.

One thread a process, because two change the rounding of every sum (other bytes)
and cost a fifth more CPU; more cores train more folds at once. oneDNN kernels
are on; XLA, slower for these convolutions on a CPU, stays off. A GPU is used
where TensorFlow sees one, with its deterministic kernels.

The import is the longest part of a short fit, so it leaves out what no network
here uses: Keras' wrappers for scikit-learn (with scikit-learn and scipy.stats),
which therefore stay out of work in a process that imports this module first.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["keras", "tf"]


@contextmanager
def _without_greetings() -> Iterator[None]:
    """Hold back what C++ writes to standard error; show it if the block fails.

    TensorFlow 2.21 greets through a logger that no environment variable silences.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        standard_error = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(standard_error, held.read())
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)


@contextmanager
def _without_scikit_learn() -> Iterator[None]:
    """Let an import of scikit-learn fail in the block, as where it is not installed, unless it is loaded."""
    if "sklearn" in sys.modules:
        yield
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["sklearn"]


@contextmanager
def _without_collection() -> Iterator[None]:
    """Leave the garbage collector off in the block, and what the block made out of its later rounds.

    What modules hold is never garbage; to walk it again and again took a fifth of the import.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collected:
            gc.enable()


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ["KERAS_BACKEND"] = "tensorflow"
with _without_greetings(), _without_scikit_learn(), _without_collection():
    import keras
    import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
if tf.config.list_physical_devices("GPU"):
    tf.config.experimental.enable_op_determinism()
