"""``python -m dnngp.cli``, which ``./run`` calls."""

from dnngp.cli.app import main

if __name__ == "__main__":
    main()
