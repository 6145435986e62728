"""Metrics, one file each: how good the predictions of one fold are.

Read by the configuration, so that the declarations need nothing but the standard
library; the functions import what they need. To add one, write a file here that
sets ``METRIC``: every table, the report and the documentation then have it.
"""

from dnngp.base.plugins import scan
from dnngp.validation.metric import Metric

#: Every metric by name, in the order of the columns.
METRICS: dict[str, Metric] = scan(__name__, "METRIC")

#: The one that methods are compared by, of each kind of trait; and where records have weights.
MAIN, MAIN_OF_WEIGHTS = (
    {kind: one.name for one in METRICS.values() if one.weights == weighted for kind in one.main}
    for weighted in (False, True)
)

#: Those of all predictions, those of selecting the best samples, and those that weigh records.
OF_ALL = [name for name, metric in METRICS.items() if not metric.selection and not metric.weights]
OF_SELECTION = [name for name, metric in METRICS.items() if metric.selection]
OF_WEIGHTS = [name for name, metric in METRICS.items() if metric.weights]
