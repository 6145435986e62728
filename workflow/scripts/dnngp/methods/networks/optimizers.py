"""What moves the weights, by name."""

from __future__ import annotations

from typing import Any

from dnngp.methods.networks.backend import keras, tf


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam with one kernel a weight and step in place of a dozen; the same formula."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable and its two moments in place."""
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


#: Settings that the learning rate leaves open: Keras' defaults, and the momentum of DeepGS.
OPTIMIZERS: dict[str, dict[str, float]] = {
    "adam": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "adadelta": {"rho": 0.95, "epsilon": 1e-7},
    "sgd": {"momentum": 0.5},
}


def create(name: str, fused: bool = True) -> Any:
    """A new optimiser; with ``fused``, Adam as :class:`FusedAdam`."""
    kinds = {"adam": "Adam", "adadelta": "Adadelta", "sgd": "SGD"}
    kind = FusedAdam if name == "adam" and fused else getattr(keras.optimizers, kinds[name])
    return kind(**OPTIMIZERS[name])
