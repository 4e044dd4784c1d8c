# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of ``./run``: what each is called, what it takes, what it does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from dev import building, environment, linting, locking, testing
from dev.console import Failed, say, warn
from dev.places import LAB_PATH, ROOT, tool, tool_environment

Arguments = list[str]

#: Programs of the environment that are verbs of their own; `exec` reaches all the others.
PROGRAMS = (
    "ansible",
    "ansible-console",
    "ansible-doc",
    "ansible-galaxy",
    "ansible-inventory",
    "ansible-playbook",
    "ansible-vault",
    "molecule",
    "pytest",
)


@dataclass(frozen=True)
class Verb:
    """One word after ``./run``."""

    name: str
    takes: str
    does: str
    run: Callable[[Arguments], int]
    #: Whether it needs the installed environment.
    installed: bool = True


def _become(command: list[str], **more: str) -> int:
    """Turn this process into ``command``, so that signals, terminal and exit code are the program's own."""
    try:
        os.execvpe(command[0], command, tool_environment(**more))
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from error


def _exec(arguments: Arguments) -> int:
    if not arguments:
        raise Failed("Say which program: ./run exec CMD [ARG ...]")
    return _become(arguments)


def _lab(arguments: Arguments) -> int:
    return _become([tool("python"), "-m", "lab", *arguments], PYTHONPATH=str(LAB_PATH))


def _attack(arguments: Arguments) -> int:
    return _become([tool("python"), "-P", "-m", "attack", *arguments], PYTHONPATH=f"{ROOT}{os.pathsep}{LAB_PATH}")


def _assumptions(arguments: Arguments) -> int:
    return _become([tool("python"), str(ROOT / "dev" / "assumptions.py"), *arguments])


def _demo(arguments: Arguments) -> int:
    return _become([tool("python"), "-P", str(ROOT / "dev" / "demo.py"), *arguments], PYTHONPATH=str(LAB_PATH))


def _record_hosts(arguments: Arguments) -> int:
    command = [tool("python"), "-P", str(ROOT / "dev" / "record_hosts.py"), *arguments]
    return _become(command, PYTHONPATH=str(LAB_PATH))


def _record_cmd(arguments: Arguments) -> int:
    return _become([tool("python"), str(ROOT / "dev" / "record_cmd.py"), *arguments])


def _parse(arguments: Arguments) -> int:
    return _become([tool("python"), str(ROOT / "dev" / "parse.py"), *arguments])


def _setup(arguments: Arguments) -> int:
    if arguments:
        raise Failed("setup takes nothing.")
    say(f"Ready: {tool('python')}")
    return 0


def _help(_arguments: Arguments) -> int:
    say("./run VERB [ARGUMENTS]\n")
    for verb in VERBS:
        left = f"{verb.name} {verb.takes}".rstrip()
        say(f"  {left:<24} {verb.does}")
    say(f"  {'ansible-playbook ...':<24} and {', '.join(name for name in PROGRAMS if name != 'ansible-playbook')}")
    say("\nThe first call installs what is needed into .cache/ and says so.")
    say("RDP_PYTHON=/path/to/python3 chooses another Python (3.11 or newer).")
    return 0


VERBS = (
    Verb("demo", "", "sick Windows hosts on loopback: audited, repaired, audited again (under a minute)", _demo),
    Verb(
        "test",
        "[ARG ...]",
        "all the tests this machine can run, a sample of the largest (--exhaustive: every case); "
        "with other arguments: pytest with these",
        testing.test,
    ),
    Verb("lint", "[NAME ...]", "every linter but ansible-test, or only the named ones", linting.lint),
    Verb("format", "", "let ruff format and mend the Python files", linting.mend),
    Verb("record-cmd", "", "write playbooks/files/record-rdp.cmd anew from the probes", _record_cmd),
    Verb(
        "record-hosts", "", "record tests/fixtures/hosts anew from the lab, when a command has changed", _record_hosts
    ),
    Verb("parse", "TOOL FILE", "what the parser of a Windows tool reads in a file of its output", _parse),
    Verb("lab", "up|down ...", "emulated Windows hosts on loopback, with an inventory", _lab),
    Verb(
        "attack",
        "[ARG ...]",
        "attacks on the collection, in ten minutes at most (--seed N, --full, --only NAME)",
        _attack,
    ),
    Verb("assumptions", "", "what is assumed of Windows where nothing was seen, and where in the code", _assumptions),
    Verb("bench", "[ARG ...]", "the benchmarks", testing.bench),
    Verb("build", "", "the collection's archive into .cache/build, and whether it installs", building.build),
    Verb(
        "programs",
        "[--apt]",
        "the real programs the tests use: here or not (--apt: the packages to install)",
        testing.programs,
        installed=False,
    ),
    Verb("exec", "CMD [ARG ...]", "any program of the environment, with the right variables", _exec),
    Verb("setup", "", "only install", _setup),
    Verb("lock", "", "make requirements/*.txt again from requirements/*.in", locking.lock, installed=False),
    Verb("clean", "", "remove .cache and what tools left behind", building.clean, installed=False),
    Verb("help", "", "this list", _help, installed=False),
)


def main(arguments: Arguments) -> int:
    """Run the verb that the command line names; the exit code is its own, 2 for a wrong call."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name in ("-h", "--help"):
        name = "help"
    try:
        verb = next((verb for verb in VERBS if verb.name == name), None)
        if verb is None and name not in PROGRAMS:
            known = ", ".join([*(verb.name for verb in VERBS), *PROGRAMS])
            warn(f"run: there is no verb {name!r}. There are: {known}.")
            return 2
        if verb is None:
            environment.ensure()
            return _become([tool(name), *rest])
        if verb.installed:
            environment.ensure()
        return verb.run(rest)
    except Failed as failed:
        warn(f"run {name}: {failed}")
        return 1
    except KeyboardInterrupt:
        return 130
