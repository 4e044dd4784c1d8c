# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects a variable of many hosts. Documented below."""

from __future__ import annotations

import collections.abc
import typing as t

DOCUMENTATION = r"""
name: by_host
short_description: A variable of many hosts, by host
version_added: 0.1.0
description:
  - Collects a variable of many hosts in one dictionary, such as the results that they registered for
    M(winops.rdp.rdp_report).
positional: _input, hostvars, variable
options:
  _input:
    description: The names of the hosts, such as C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
  variable:
    description: The name of the variable. Members follow after dots, such as C(result.targets).
    type: str
    required: true
  default:
    description: The value of a host that doesn't have it. Without it, an empty dictionary.
    type: raw
seealso:
  - module: winops.rdp.rdp_report
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Summarise all hosts of the play
  winops.rdp.rdp_report:
    results: "{{ ansible_play_hosts_all | winops.rdp.by_host(hostvars, 'diagnosis') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The values, by the name of the host, in the order of the hosts.
  type: dict
  sample: {web01: {healthy: true}, web02: {}}
"""


def by_host(
    names: t.Iterable[str],
    hostvars: t.Mapping[str, t.Mapping[str, t.Any]],
    variable: str,
    default: t.Any = None,
) -> dict[str, t.Any]:
    """Return the values, as documented."""
    missing = {} if default is None else default
    return {name: _member(hostvars[name], variable.split("."), missing) for name in names}


def _member(value: t.Any, path: t.Sequence[str], missing: t.Any) -> t.Any:
    for name in path:
        if not isinstance(value, collections.abc.Mapping) or name not in value:
            return missing
        value = value[name]
    return value


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"by_host": by_host}
