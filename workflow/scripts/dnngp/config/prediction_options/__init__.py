"""Groups of options of an entry of ``predict``: every module that declares ``OPTION`` is found."""

from __future__ import annotations

from collections.abc import Mapping

from dnngp.base.plugins import scan
from dnngp.config.prediction_option import PredictionOption

PREDICTION_OPTIONS: Mapping[str, PredictionOption] = scan(__name__, "OPTION")
