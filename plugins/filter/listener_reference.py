# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out where a listener's key can come from. Documented below."""

from __future__ import annotations

import typing as t

from ..plugin_utils._rdp.repairs.reference import choose

DOCUMENTATION = r"""
name: listener_reference
short_description: Choose a host whose listener can be the reference
version_added: 0.1.0
description:
  - Finds a host with a working listener and the same build of Windows, for M(winops.rdp.rdp_listener). Another
    host has to agree with it in every value that may be taken, and more hosts have to be like these than like any other
    one. A host with a suspicious value doesn't count.
options:
  _input:
    description: What M(winops.rdp.rdp_info) returned for each host, by the host's name.
    type: dict
    required: true
  host:
    description: The host that needs a reference.
    type: str
    required: true
seealso:
  - module: winops.rdp.rdp_listener
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Show which host it is
  ansible.builtin.debug:
    msg: "{{ (results | winops.rdp.listener_reference(inventory_hostname)).why }}"
"""

RETURN = r"""
_value:
  description: The chosen host as C(host), empty if there is none, and the reason as C(why).
  type: dict
  sample: {host: web01, why: "web01 has a working listener and build 20348, and so has web02, with the same values."}
"""


def listener_reference(results: t.Mapping[str, t.Any], host: str) -> dict[str, str]:
    """Return the choice, as documented."""
    chosen, why = choose(results, host)
    return {"host": chosen, "why": why}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"listener_reference": listener_reference}
