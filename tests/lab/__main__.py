# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab`: start, inspect and stop an emulated Windows fleet."""

from __future__ import annotations

import argparse
import json
import sys
import time
import typing as t
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from .faults import FAULTS
from .fleet.inventory import AUTHS, CONNECTIONS
from .fleet.specs import HEALTHY
from .transports.faults import KINDS

DEFAULT_INVENTORY = "lab-inventory.yml"
DOWN_SECONDS = 30.0


class UsageError(Exception):
    """A command that can't be carried out; the message is for its user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (UsageError, ValueError, OSError, RuntimeError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: t.Any, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        if name != "faults":
            made.add_argument("--inventory", default=DEFAULT_INVENTORY, metavar="FILE", help="default: %(default)s")
        return made

    up = command("up", _up, "start a fleet and write its inventory")
    up.add_argument("--hosts", type=int, default=0, metavar="N", help="this many hosts named win-001, win-002, …")
    up.add_argument("--faults", default="", metavar="A,B", help="dealt out to them in turn; `healthy` is one, A+B both")
    up.add_argument(
        "--host", action="append", default=[], metavar="NAME=FAULT+FAULT[@LANGUAGE]", help="one more host; repeatable"
    )
    up.add_argument("--languages", default="en-US", metavar="L,L", help="dealt out to the hosts in turn")
    up.add_argument("--connection", choices=CONNECTIONS, default="winrm")
    up.add_argument("--auth", choices=AUTHS, default="ntlm")
    up.add_argument("--detach", action="store_true", help="go to the background when everything is up")
    command("down", _down, "stop the fleet of an inventory")
    state = command("state", _state, "show a running fleet, or one host with its whole state as JSON")
    state.add_argument("host", nargs="?", metavar="HOST")
    gpupdate = command("gpupdate", _gpupdate, "let a host apply its group policies again")
    gpupdate.add_argument("host", metavar="HOST")
    command("faults", _faults, "list the faults that hosts and wires can have")
    return parser


def _up(options: argparse.Namespace) -> int:
    target = Path(options.inventory)
    if _description(target) is not None and _reachable(target):
        raise UsageError(f"a fleet is already up for {target}; `./run lab down --inventory {target}` stops it")
    from .up import up  # what a fleet needs takes a while to import, and no other command needs it

    return up(options, target)


def _down(options: argparse.Namespace) -> int:
    target = Path(options.inventory)
    if _description(target) is None:
        raise UsageError(f"no fleet is up for {target} (there is no {_lab_file(target)})")
    try:
        _ask(target, "shutdown", post={})
    except UsageError:
        _lab_file(target).unlink(missing_ok=True)
        print(f"the fleet of {target} had gone already")
        return 0
    deadline = time.monotonic() + DOWN_SECONDS
    while _lab_file(target).exists() or _reachable(target):
        if time.monotonic() > deadline:
            raise UsageError(f"the fleet of {target} did not go within {DOWN_SECONDS:.0f} seconds")
        time.sleep(0.05)
    print(f"the fleet of {target} is down")
    return 0


def _state(options: argparse.Namespace) -> int:
    target = Path(options.inventory)
    if options.host:
        print(json.dumps(_ask(target, f"hosts/{options.host}"), indent=2, ensure_ascii=False))
        return 0
    for host in _ask(target, "hosts"):
        faults = ", ".join([*host["faults"], *host["transport_faults"]]) or HEALTHY
        traffic = host["traffic"]
        print(f"{host['name']}  {host['address']}  {faults}  {traffic['requests']} requests, {host['errors']} errors")
    return 0


def _gpupdate(options: argparse.Namespace) -> int:
    print(_ask(Path(options.inventory), f"hosts/{options.host}/gpupdate", post={})["output"], end="")
    return 0


def _faults(_: argparse.Namespace) -> int:
    print("of a host:")
    for name, fault in sorted(FAULTS.items()):
        print(f"  {name:32} {fault.description}")
    print("of the wire to it:")
    for kind in KINDS.values():
        name = f"{kind.name}:<{kind.argument}>" if kind.argument and kind.default is None else kind.name
        print(f"  {name + (f'[:<{kind.argument}>]' if kind.default is not None else ''):32} {kind.description}")
    return 0


def _lab_file(inventory: Path) -> Path:
    return inventory.with_name(inventory.name + ".lab.json")


def _description(inventory: Path) -> dict[str, t.Any] | None:
    try:
        found = json.loads(_lab_file(inventory).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _reachable(inventory: Path) -> bool:
    try:
        _ask(inventory, "hosts")
    except UsageError:
        return False
    return True


def _ask(inventory: Path, path: str, post: dict[str, t.Any] | None = None) -> t.Any:
    """Ask the running fleet of an inventory."""
    description = _description(inventory)
    if description is None:
        raise UsageError(f"no fleet is up for {inventory} (there is no {_lab_file(inventory)})")
    data = None if post is None else json.dumps(post).encode()
    request = urllib.request.Request(f"{description['url']}/{path}", data=data, headers={"Connection": "close"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise UsageError(json.load(error).get("error", str(error))) from error
    except OSError as error:
        raise UsageError(f"the fleet of {inventory} does not answer: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
