# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of rdp_reach_info, read strictly: nonsense is refused, with what is allowed.

Runs on any host with Python 3.6 or later, standard library only.
"""

import ipaddress
import re
from typing import Any, Dict, List, NamedTuple

from .rdp_errors import ScanOptionError
from .rdp_scan import DEFAULT_PORT, DEFAULT_TIMEOUT, Target

PORTS = "1 to 65535"

#: The options of rdp_reach_info, which its module and its action take.
ARGUMENTS = {
    "targets": {"type": "list", "elements": "raw", "required": True},
    "port": {"type": "int", "default": DEFAULT_PORT},
    "timeout": {"type": "float", "default": DEFAULT_TIMEOUT},
    "tries": {"type": "int", "default": 1},
    "max_parallel": {"type": "int", "default": 1000},
}


class ScanOptions(NamedTuple):
    """The targets of a scan and its limits."""

    targets: List[Target]
    timeout: float
    tries: int
    max_parallel: int


def read_options(given: Dict[str, Any]) -> ScanOptions:
    """Return the options of a task, whose types have been checked.

    Raises:
        ScanOptionError: One of them can't be used.
    """
    return ScanOptions(
        read_targets(given["targets"], read_port(given["port"], "port")),
        read_number(given["timeout"], "timeout", 0.001, 600),
        read_number(given["tries"], "tries", 1, 100),
        read_number(given["max_parallel"], "max_parallel", 1, 20000),
    )


def read_targets(given: List[Any], default_port: int) -> List[Target]:
    """Return the targets that a user gave, each a string or a dictionary."""
    if not given:
        raise ScanOptionError("targets is empty: name at least one host")
    return [_target(entry, f"targets[{index}]", default_port) for index, entry in enumerate(given)]


def read_port(given: Any, option: str) -> int:
    """Return a TCP port."""
    if isinstance(given, str) and re.fullmatch("[0-9]{1,5}", given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 65535:
        raise ScanOptionError(f"{option} is {given!r}: allowed is {PORTS}")
    return given


def read_number(given: Any, option: str, least: float, most: float) -> Any:
    """Return a number within bounds; NaN is in none."""
    if not least <= given <= most:
        raise ScanOptionError(f"{option} is {given!r}: allowed is {least:g} to {most:g}")
    return given


def _target(entry: Any, option: str, default_port: int) -> Target:
    if isinstance(entry, str):
        return _from_text(entry, option, default_port)
    if not isinstance(entry, dict) or "host" not in entry or set(entry) - {"host", "port"}:
        raise ScanOptionError(
            f"{option} is {entry!r}: allowed is a host, host:port, or a dictionary with host and port"
        )
    port = entry.get("port")
    return Target(
        _host(entry["host"], f"{option}.host"),
        default_port if port is None else read_port(port, f"{option}.port"),
    )


def _from_text(text: str, option: str, default_port: int) -> Target:
    """Read ``host``, ``host:port``, ``[address]:port``, or a bare IPv6 address, whose colons separate no port."""
    bracketed = re.fullmatch(r"\[([^\[\]]+)\](?::(.*))?", text)
    if bracketed:
        host, port = bracketed.groups()
        if ":" not in host:
            raise ScanOptionError(f"{option} is {text!r}: only an IPv6 address stands in brackets")
    elif text.count(":") == 1:
        host, _colon, port = text.partition(":")
    else:
        host, port = text, None
    return Target(_host(host, option), default_port if port is None else read_port(port, f"the port of {option}"))


def _host(given: Any, option: str) -> str:
    if isinstance(given, str) and _is_address(given):
        return given
    # What DNS and /etc/hosts can hold, in any language.
    if not isinstance(given, str) or len(given) > 253 or not re.fullmatch(r"\w([\w.-]*[\w.])?", given):
        raise ScanOptionError(f"{option} is {given!r}: allowed is a DNS name, an IPv4 or an IPv6 address")
    return given


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return re.fullmatch(r"[^%\s]+(%[\w.-]+)?", text) is not None
