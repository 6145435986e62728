# The workflow is in workflow/Snakefile, where modules and snakedeploy look for it.
include: "workflow/Snakefile"


if workflow.default_target is None:
    workflow.default_target = "all"
