# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts the views of many computers together. Documented below, made by plugin_utils/_rdp/reach/matrix.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils._rdp.errors import UnreadableError
from ..plugin_utils._rdp.reach.matrix import matrix

DOCUMENTATION = r"""
name: reach_matrix
short_description: Show who can reach which host by Remote Desktop, and where the others are blocked
version_added: 0.1.0
description:
  - Puts together what M(winops.rdp.rdp_reach_info) returned on several computers, the vantage points.
  - Answers the question of Microsoft's article for each target, whether it blocks connections from all computers,
    from some, or from only one, with the reason and the next step.
  - What the targets say about themselves makes the reason more precise. A host that listens, whose firewall allows it,
    and that can't be reached from anywhere is blocked by the network.
positional: _input
options:
  _input:
    description:
      - A list with one dictionary for each vantage point, with its name as C(vantage) and what
        M(winops.rdp.rdp_reach_info) returned there as C(targets).
      - One without C(targets) could not test anything.
    type: list
    elements: dict
    required: true
  hosts:
    description:
      - What the targets say about themselves, by the host or by C(host:port) as it is called in the targets.
      - Each value is what M(winops.rdp.rdp_info) returned, or a dictionary with any of C(listening),
        C(firewall_allows), C(firewall_scoped) (booleans), C(port) (a number) and C(next_step) (what is wrong with the
        host itself, and what to do about it).
    type: dict
    default: {}
  called:
    description:
      - What people call the targets, by the host as it is called in the targets. Of use where those are addresses.
    type: dict
    default: {}
seealso:
  - module: winops.rdp.rdp_reach_info
  - module: winops.rdp.rdp_report
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Test from every jump host
  winops.rdp.rdp_reach_info:
    targets: [web01, web02]
    tries: 4
  register: reach

- name: Put the results together
  ansible.builtin.set_fact:
    matrix: "{{ observations | winops.rdp.reach_matrix(hosts={'web01': hostvars['web01'].diagnosis | default({})}) }}"
  vars:
    observations: >-
      {{ ansible_play_hosts_all | winops.rdp.by_host(hostvars, 'reach.targets', default=[])
         | dict2items(key_name='vantage', value_name='targets') }}
  run_once: true

- name: Show what is blocked
  ansible.builtin.debug:
    msg: "{{ matrix.targets | rejectattr('blocked', 'eq', 'none') | map(attribute='reason') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The matrix.
  type: dict
  contains:
    reachable:
      description: Whether every target answers from everywhere.
      type: bool
      sample: false
    blocked:
      description: How many targets are blocked from V(all), V(some), V(one) or V(none) of the vantage points.
      type: dict
      sample: {all: 0, some: 0, one: 1, none: 7, unknown: 0}
    vantages:
      description: The vantage points.
      type: list
      elements: str
      sample: [jump1, jump2]
    targets:
      description: One entry for each target.
      type: list
      elements: dict
      contains:
        target:
          description: What the host is called, and its port.
          type: str
          sample: web01:3389
        host:
          description: The host.
          type: str
          sample: web01
        port:
          description: The port.
          type: int
          sample: 3389
        blocked:
          description:
            - From how many vantage points it is blocked, V(all), V(some), V(one) or V(none). V(unknown) if none could
              test it.
          type: str
          sample: one
        proven:
          description:
            - Whether Remote Desktop itself answered, or the host says that it listens there and the port takes
              connections. Windows vantage points alone can't prove it.
          type: bool
          sample: true
        outcomes:
          description:
            - The outcome at each vantage point, as M(winops.rdp.rdp_reach_info) documents it. V(null) where this target
              was not tested.
          type: dict
          sample: {jump1: rdp, jump2: timeout}
        open_from:
          description:
            - The vantage points from which people get in. One that can only see that the port takes connections
              (V(open)) counts, unless another one, or the host itself, knows that no working Remote Desktop is behind
              it.
          type: list
          elements: str
          sample: [jump1]
        blocked_from:
          description: The vantage points from which they don't.
          type: list
          elements: str
          sample: [jump2]
        where:
          description:
            - What is in the way. V(nowhere), V(host) (nothing listens, or it hangs), V(port), V(certificate),
              V(other_program), V(host_firewall), V(path) (the network), V(name), V(host_or_path) or V(unknown).
          type: str
          sample: path
        reason:
          description: The evidence.
          type: str
          sample: >-
            web01:3389 blocks one computer (jump2), and others get in: it works, and the way from there is blocked.
        next_step:
          description: What to do.
          type: str
          sample: Ask the network administrators whether Remote Desktop traffic to this host is allowed.
        section:
          description: The section of Microsoft's article.
          type: str
          sample: >-
            https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting#check-whether-a-firewall-is-blocking-the-rdp-port
        notes:
          description: What else was noticed, such as lost packets or certificates that differ.
          type: list
          elements: str
          sample: []
"""


def reach_matrix(
    observations: t.Any, hosts: t.Mapping[str, t.Any] | None = None, called: t.Mapping[str, str] | None = None
) -> dict[str, t.Any]:
    """Return the matrix, as documented."""
    try:
        return matrix(observations, hosts, called)
    except UnreadableError as unreadable:
        raise AnsibleFilterError(f"reach_matrix can't use this: {unreadable.reason}") from unreadable


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"reach_matrix": reach_matrix}
