"""Tables of stage one: what plots of field trials became."""

from __future__ import annotations

from dnngp.base.tables.columns import FOLD, REPEAT
from dnngp.base.tables.table_declaration import flag, integer, number, table, text

FOLDER = "{dataset}/{trait}/field_trials"

_ENVIRONMENT = text("environment", "environment of the plots; `all plots` where it is one")
_ENTRY = text("id", "id of the entry")

ORDER = 40

TABLES = {
    "means": table(
        f"{FOLDER}/means.tsv",
        "Means of the entries of plots, with their errors",
        "entry and environment",
        "id environment",
        *(_ENTRY, _ENVIRONMENT),
        number("value", "mean, adjusted for the design, entries being fixed", "trait"),
        number("standard_error", "its standard error; missing where no error can be estimated", "trait"),
        number("error_variance", "variance of its error, by which records are weighted", "trait squared"),
        integer("plots", "plots with a value"),
        number("blup", "predicted effect, entries being random", "trait"),
        number("reliability", "reliability of that"),
        further="groups, times and covariates of the entries, as the table of plots names them",
    ),
    "fold_means": table(
        "{dataset}/{trait}/{scheme}/fold_means.tsv",
        "Means of the training entries of each fold, with `stage_one: within_folds`",
        "fold and training record",
        "repeat fold sample environment",
        *(REPEAT, FOLD, text("sample", "id of the sample")),
        text("environment", "environment; missing where all plots are of one"),
        number("value", "its mean, from plots of training entries and of checks", "trait"),
        number("error_variance", "variance of its error, by which the record is weighted", "trait squared"),
    ),
    "trials": table(
        f"{FOLDER}/trials.tsv",
        "The field trials, as stage one fitted them",
        "environment",
        "environment",
        _ENVIRONMENT,
        text("design", "the model as a formula, entries being fixed or random"),
        *(integer("plots", "plots"), integer("without_value", "those without a value")),
        *(integer("entries", "entries with a value"), text("notes", "what was left out, and why")),
        number("h2", "heritability on the basis of entry means (Cullis et al. 2006)"),
        number("repeatability", "variance of entries over that of entries and errors, of one plot"),
        number("log_likelihood_random", "restricted log likelihood, entries being random"),
        number("log_likelihood_fixed", "the same, entries being fixed"),
        number("rho_row", "correlation of errors of neighbouring rows"),
        number("rho_column", "correlation of errors of neighbouring columns"),
        integer("outliers", "plots with a standardised residual beyond 3.5"),
    ),
    "trial_variances": table(
        f"{FOLDER}/variances.tsv",
        "Variance components of the field trials",
        "environment, entries and term",
        "environment entries term",
        *(_ENVIRONMENT, text("entries", "`random` or `fixed`"), text("term", "term of the model")),
        number("variance", "its variance", "trait squared"),
    ),
    "trial_trends": table(
        f"{FOLDER}/trends.tsv",
        "Trends that were fitted to the field trials",
        "environment and trend",
        "environment trend",
        *(_ENVIRONMENT, text("trend", "`none`, `splines` or `ar1`")),
        number("aic", "Akaike's criterion; less is better"),
        flag("chosen", "the trend was taken"),
    ),
    "plot_residuals": table(
        f"{FOLDER}/residuals.tsv",
        "Residuals of the plots",
        "plot",
        "line",
        *(_ENVIRONMENT, integer("line", "line of the table of plots"), _ENTRY),
        *(text(name, f"{name} of the plot") for name in ("replicate", "block", "row", "column")),
        number("value", "value of the plot", "trait"),
        number("residual", "what the model with random entries leaves of it", "trait"),
        number("standardised", "that by its standard error"),
        flag("outlier", "standardised residual beyond 3.5"),
    ),
}
