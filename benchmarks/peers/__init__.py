"""What benchmarks compare with: installed into folders of their own, never into the environment.

A folder of this name, so that the list of benchmarks, which are files, has no such entry.
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

CACHE = Path(__file__).parents[1] / "cache" / "peers"

T = TypeVar("T")


def install(package: str, version: str) -> Path:
    """Folder with one version of a package without what it depends on, made by pip when first asked for.

    It is the last place that Python imports from. Exits with pip's message where the package cannot be had.
    """
    folder = CACHE / f"{package}-{version}"
    if not folder.is_dir():
        print(f"installing {package} {version} into {folder}", file=sys.stderr, flush=True)
        partial = folder.with_name(f"{folder.name}.partial")
        options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--upgrade", "--target", partial]
        command = [sys.executable, "-m", "pip", "install", *map(str, options), f"{package}=={version}"]
        if status := subprocess.run(command).returncode:
            sys.exit(status)
        partial.rename(folder)
    sys.path.append(str(folder))
    return folder


def timed(steps: Iterable[tuple[str, T]], count: int) -> Iterator[T]:
    """Steps with their number, name and the time left, as their mean so far lets expect, on the terminal."""
    start = time.monotonic()
    for number, (name, step) in enumerate(steps):
        left = (time.monotonic() - start) / number * (count - number) if number else None
        told = "" if left is None else f", about {left:.0f} s left"
        print(f"[{number + 1}/{count}] {name}{told}", file=sys.stderr, flush=True)
        yield step
