"""DNNGP on records: with a branch for the environment, or with an output for every condition.

Both read rows of :class:`dnngp.evaluation.trials.features.RecordRows`, the scores of the line
in front. A row is one record, so that a record that is missing is no row.
"""

from __future__ import annotations

from dnngp.evaluation.trials.features import FeatureModel, RecordRows
from dnngp.methods.networks.on_records import MOST_BATCH, RECORDS_A_STEP, RecordDNNGP


class TrialDNNGP(FeatureModel):
    """DNNGP, version 1, on records.

    Parameters
    ----------
    outputs
        As of :class:`RecordDNNGP`. With an output for every condition, covariates are not read.
    components, random_state
        As of :class:`dnngp.evaluation.trials.features.FeatureModel`; seed.
    epochs, learning_rate, members
        Of :class:`dnngp.methods.networks.regressor.NetworkRegressor`.
    """

    def __init__(
        self,
        outputs: bool,
        components: int = 100,
        epochs: int = 100,
        learning_rate: float | None = None,
        members: int = 1,
        random_state: int = 0,
    ) -> None:
        super().__init__(components, covariates=not outputs)
        self.outputs = outputs
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.members = members
        self.random_state = random_state

    def _regressor(self, rows: RecordRows) -> RecordDNNGP:
        return RecordDNNGP(
            outputs=self.outputs,
            described=rows.described,
            batch_size=min(RECORDS_A_STEP * rows.conditions, MOST_BATCH),
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            members=self.members,
            random_state=self.random_state,
        )
