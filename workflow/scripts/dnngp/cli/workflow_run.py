"""Snakemake as a child process: its command line, its events, and what of its words the user needs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from dnngp.base.errors import UserError, nearest
from dnngp.base.workflow_files import project_folder, workflow_folder
from dnngp.cli.command import program
from dnngp.config.written import check_file

#: Seconds between two looks at the events.
POLL = 0.1
#: Lines of Snakemake that are remembered, for the case that nothing else says what went wrong.
REMEMBERED = 400
#: Options of Snakemake that say how many jobs run side by side.
SIZED = re.compile(r"--(cores|jobs)(=|$)|-[cj]")
#: How the name of a configuration ends.
CONFIGURATIONS = (".yaml", ".yml", ".json")
#: What a frame of a traceback begins with.
FRAME = re.compile(r'\s*File ".*", line \d+')


@dataclass
class Run:
    """A run of Snakemake: its events, and the last of its words.

    ``about`` is what the Snakefile noted (configuration, folders, pages), empty where it was not read to its
    end; ``problem`` what is wrong with the configuration.
    """

    started: float = field(default_factory=time.time)
    about: Mapping[str, Any] = field(default_factory=dict)
    jobs: Sequence[tuple[str, Mapping[str, str]]] = ()
    problem: str | None = None
    words: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    stopped: bool = False
    status: int = 0


def command_line(arguments: Sequence[str]) -> list[str]:
    """The command that runs the workflow, with the defaults that the arguments do not replace."""
    given = {argument.partition("=")[0] for argument in arguments}
    root = project_folder()
    snakefile = root / "Snakefile"
    command = [sys.executable, "-m", "snakemake"]
    if not given & {"--snakefile", "-s"}:
        command += ["--snakefile", str(snakefile if snakefile.is_file() else workflow_folder() / "Snakefile")]
    if "--workflow-profile" not in given:
        command += ["--workflow-profile", str(root / "profiles" / "default")]
    if not any(SIZED.match(argument) for argument in arguments):
        command += ["--cores", "all"]
    return [*command, *arguments]


def with_configuration(arguments: Sequence[str]) -> list[str]:
    """Arguments in which a configuration that comes first is the option that Snakemake has for it.

    Raises
    ------
    UserError
        The configuration does not exist or is no YAML, or none is named and there is none here.
    """
    arguments = list(arguments)
    if arguments and arguments[0].endswith(CONFIGURATIONS) and not arguments[0].startswith("-"):
        # At the end, as the option takes all names that follow it.
        arguments = [*arguments[1:], "--configfile", arguments[0]]
    path = configuration_path(arguments)
    if not path.exists():
        near = nearest(path.name, [one.name for one in path.parent.glob("*.y*ml")])
        raise UserError(
            f"the configuration {path} does not exist (seen from {Path.cwd()}). {near}",
            remedy=f"{program()} init GENOTYPES PHENOTYPES writes one.",
        )
    check_file(path)
    return arguments


def configuration_path(arguments: Sequence[str]) -> Path:
    """The configuration that Snakemake will read."""
    for option in ("--configfile", "--configfiles"):
        if value := _value(arguments, option):
            return Path(value)
    return Path(_value(arguments, "--directory") or _value(arguments, "-d") or ".") / "config.yaml"


def _value(arguments: Sequence[str], option: str) -> str | None:
    for place, argument in enumerate(arguments):
        if argument == option:
            return arguments[place + 1] if place + 1 < len(arguments) else None
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def run_snakemake(
    arguments: Sequence[str],
    *,
    on_event: Callable[[Mapping[str, Any]], None] = lambda event: None,
    on_words: Callable[[str], None] = lambda line: None,
    on_wait: Callable[[], None] = lambda: None,
    quiet_output: bool = False,
) -> Run:
    """Run Snakemake to its end.

    Parameters
    ----------
    arguments
        Of Snakemake.
    on_event
        Called with every event (:class:`dnngp.base.progress.Events`).
    on_words
        Called with every line that Snakemake and its jobs write to standard error, from another thread.
    on_wait
        Called several times a second.
    quiet_output
        Whether standard output is thrown away too.
    """
    run = Run()
    with TemporaryDirectory() as folder:
        events = Path(folder) / "events"
        events.touch()
        child = subprocess.Popen(
            command_line(arguments),
            env=os.environ | {"DNNGP_EVENTS": str(events)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet_output else None,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert child.stderr is not None
        listener = threading.Thread(target=_listen, args=(child.stderr, run, on_words), daemon=True)
        listener.start()
        with _signals_passed_on(child, run), events.open(encoding="utf-8") as file:
            rest = ""
            while True:
                ended = child.poll() is not None
                rest = _take(rest + file.read(), run, on_event)
                on_wait()
                if ended:
                    break
                time.sleep(POLL)
        listener.join(timeout=5)
        run.status = child.returncode
    return run


def _listen(stream: IO[str], run: Run, on_words: Callable[[str], None]) -> None:
    for line in stream:
        run.words.append(line.rstrip("\n"))
        on_words(line.rstrip("\n"))


def _take(text: str, run: Run, on_event: Callable[[Mapping[str, Any]], None]) -> str:
    """Hand on the events in whole lines; the rest of the text."""
    *lines, rest = text.split("\n")
    for event in map(json.loads, lines):
        if event["event"] == "run":
            run.about = event
        elif event["event"] == "problem":
            run.problem = event["text"]
        elif event["event"] == "planned":
            run.jobs = event["jobs"]
        # A job that ends because the user stopped the run has not failed.
        if not (run.stopped and event["event"] == "failed"):
            on_event(event)
    return rest


@contextmanager
def _signals_passed_on(child: subprocess.Popen[str], run: Run) -> Iterator[None]:
    """Snakemake and its jobs, a group of their own, get the signals that ask this process to end."""

    def pass_on(number: int, frame: object) -> None:
        # Snakemake ends its jobs when it is interrupted. Who asks twice does not want to wait for that.
        again, run.stopped = run.stopped, True
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM if again else signal.SIGINT)

    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in asked}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def without_frames(words: Sequence[str]) -> list[str]:
    """What Snakemake says of an error, without the frames of the rule files and what every run says."""
    begins = [place for place, line in enumerate(words) if re.match(r"\S*(Error|Exception)\b", line)]
    lines = [line for line in list(words)[begins[-1] if begins else 0 :] if line.strip()]
    lines = [line for line in lines if not FRAME.match(line) and not BORING.match(line)]
    plain = (re.sub(r"^\S*(Error|Exception)( in file .*)?:?$", "", line).strip() for line in lines)
    return [line for line in plain if line]


#: What Snakemake says of every run.
BORING = re.compile(
    r"(host|Using workflow specific profile|Building DAG|Complete log|Assuming unrestricted|Shutting down|"
    r"Provided cores|Rules claiming|Exiting because|Removing output|\[\w{3} \w{3} |At least one job)"
)
