"""Parts of the page of a prediction, a folder each; see :mod:`dnngp.report.prediction_part`."""
