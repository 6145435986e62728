"""One file a subcommand: a function that typer reads, and ``ORDER``, its place in the list of commands."""
