# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks from the controller at a port of the task's own host: the proof from outside.

Private to this collection. Knows the task's connection and the probe of rdp_reach, and nothing about judgements.
"""

from __future__ import annotations

import re
import typing as t

from ..module_utils.rdp_handshake import look_at

# Longer than a router needs to say that a host doesn't exist, which is three seconds.
TIMEOUT = 5.0

# Where the connection plugins keep the address they connect to.
_ADDRESS_OPTIONS = ("remote_addr", "host")

# Options with which a connection takes another way than straight to the host, each with what in its value says so.
_DETOURS = (
    ("proxy", re.compile(".")),
    *((name, re.compile(r"Proxy(Jump|Command)|(^|\s)-J", re.I)) for name in ("ssh_args", "ssh_common_args")),
    ("ssh_extra_args", re.compile(r"Proxy(Jump|Command)|(^|\s)-J", re.I)),
)


def knock(connection: t.Any, port: int) -> dict[str, t.Any]:
    """Begin the handshake of Remote Desktop with the host of a connection, without signing in.

    Args:
        connection: The task's connection plugin.
        port: The TCP port.

    Returns:
        What rdp_reach documents for each target. Where it would prove nothing to try, ``verdict`` is ``not_tried``
        and ``summary`` says why.
    """
    for option, sign in _DETOURS:
        value = _option(connection, option)
        if value and sign.search(str(value)):
            return _not_tried(f"the connection reaches the host through another computer ({option})")
    address = next(filter(None, (_option(connection, option) for option in _ADDRESS_OPTIONS)), None)
    if not address:
        return _not_tried("the connection does not say which address it uses")
    return look_at(str(address), port, TIMEOUT)


def _not_tried(why: str) -> dict[str, t.Any]:
    return {"verdict": "not_tried", "summary": f"Not tried from the controller: {why}."}


def _option(connection: t.Any, name: str) -> t.Any:
    try:
        return connection.get_option(name)
    except (AttributeError, KeyError):
        # Each connection plugin has its own options.
        return None
