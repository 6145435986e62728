"""The command ``dnngp``, in a checkout ``./run``: one file a subcommand in :mod:`dnngp.cli.commands`."""
