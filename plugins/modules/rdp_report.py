# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_report
short_description: Sum up the findings of many hosts, and who reaches them
version_added: 0.1.0
description:
  - Counts the healthy hosts, and lists the causes with the hosts that each of them hits.
  - Shows the matrix of who reaches which host, with the reasons where somebody doesn't.
  - Works on the controller alone and connects to nothing.
options:
  results:
    description:
      - What M(winops.rdp.rdp_info) returned for each host, by the host's name.
      - An empty value, or a result without findings, is a host that could not be examined.
      - One of O(results) and O(reach) is required.
    type: dict
  reach:
    description:
      - What the filter P(winops.rdp.reach_matrix#filter) returned.
      - Up to 20 targets are all shown, of more only those that are not reached from everywhere.
    type: dict
  quiet:
    description: Don't print the summary. It is in RV(summary) anyway.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Can run in check mode.
  diff_mode:
    support: none
    description: Nothing is changed.
  platform:
    support: full
    platforms: all
    description: What the module works on.
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_reach
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Look at every host
  winops.rdp.rdp_info:
  register: diagnosis

- name: Sum up
  winops.rdp.rdp_report:
    results: >-
      {{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars)
         | map(attribute='diagnosis', default={}))) }}
  run_once: true
"""

RETURN = r"""
summary:
  description: The summary as text for people.
  returned: success
  type: str
  sample: |-
    Remote Desktop on 6 hosts: 5 healthy, 1 with problems
        1  [XX] service: TermService is stopped.
                web03
"""
