# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_report
short_description: Report the findings of many hosts, and who reaches them
version_added: 0.1.0
description:
  - Counts the healthy hosts, lists the causes with the hosts that each of them affects, and writes reports - one
    self-contained HTML page for people, JSON, CSV and JUnit XML for programs, and Markdown for a ticket.
  - Takes the results of the play, saved results of other plays, or both. If a host has several results, the latest one
    counts.
  - Works on the controller only and makes no connections. Relative paths are relative to the folder in which Ansible was
    started.
options:
  results:
    description:
      - What M(winops.rdp.rdp_info) returned for each host, by the host's name.
      - An empty value, or a result without findings, stands for a host that could not be examined.
    type: dict
  sources:
    description:
      - JSON files that this module wrote before, or patterns for them such as V(slices/*.json).
      - A file that only maps hosts to results with RV(winops.rdp.rdp_info#module:findings) is accepted as well.
    type: list
    elements: path
    default: []
  before:
    description: What M(winops.rdp.rdp_info) returned before the repairs, by the host's name.
    type: dict
    default: {}
  repairs:
    description:
      - What was repaired, by the host's name. Each value is a list of dictionaries with C(check) and with C(before),
        C(after), C(commands) and C(backup) as the modules that repair return them.
    type: dict
    default: {}
  refusals:
    description: What could not be repaired, by the host's name. Each value is a list of sentences.
    type: dict
    default: {}
  reach:
    description:
      - Who reaches whom, as the filter P(winops.rdp.reach_matrix#filter) returned it.
      - The summary shows all of up to 20 targets. Of more, it shows those that are not reached from everywhere.
    type: dict
    default: {}
  previous:
    description: An older JSON file of this module. The report then says what has changed since.
    type: path
  time:
    description:
      - The time in ISO 8601 of results that don't contain one, such as that of a host that could not be reached.
      - The module reads no clock, so the same results give the same report.
    type: str
  title:
    description: The title of the report.
    type: str
    default: Remote Desktop
  dest:
    description:
      - The files to write. The end of each name chooses the format, one of C(.html), C(.json), C(.csv), C(.xml)
        (JUnit) and C(.md).
      - Their folders have to exist. A file is replaced as a whole, and only if its content changes.
    type: list
    elements: path
    default: []
  mode:
    description: The permissions of the files, such as V(0640). Without it, an existing file keeps its own.
    type: str
  quiet:
    description: Don't print the summary. It is in RV(summary) anyway.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Reports what would be changed, without changing it.
  diff_mode:
    support: full
    description: Shows the state before and after.
    details: Of files that are too large for a diff, it only says that they differ.
  async:
    support: none
    description: Can be used with the C(async) keyword.
  idempotent:
    support: full
    description: A second run with the same results changes nothing.
    details: The same results give the same files, to the byte.
  platform:
    support: full
    platforms: all
    description: The platform that the module works on.
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_reach_info
  - plugin: winops.rdp.reach_matrix
    plugin_type: filter
  - plugin: winops.rdp.by_host
    plugin_type: filter
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Diagnose every host
  winops.rdp.rdp_info:
  register: diagnosis

- name: Summarise all hosts, with a page for people and a file for later
  winops.rdp.rdp_report:
    results: "{{ ansible_play_hosts_all | winops.rdp.by_host(hostvars, 'diagnosis') }}"
    time: "{{ now(utc=true).isoformat() }}"
    dest: [rdp.html, rdp.json]
  run_once: true

- name: Make one report of all slices, with what has changed since last week
  winops.rdp.rdp_report:
    sources: ['slices/*.json']
    previous: last-week.json
    dest: [fleet.html, fleet.json]
  delegate_to: localhost
  run_once: true

- name: Let the CI system show the findings
  winops.rdp.rdp_report:
    sources: [rdp.json]
    dest: [junit.xml]
  delegate_to: localhost
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
                fix  winops.rdp.rdp_service
                web03
headline:
  description: The report in one sentence.
  returned: success
  type: str
  sample: Remote Desktop works on 5 of 6 hosts; 1 keeps people out.
counts:
  description:
    - How many hosts there are, and how many of them are in which state. V(problem) (people are kept out), V(unknown)
      (something could not be judged), V(unreachable), V(failed) (could not be examined), V(warning) (people get in,
      and Microsoft advises against something) or V(healthy).
  returned: success
  type: dict
  sample: {hosts: 6, problem: 1, unknown: 0, unreachable: 0, failed: 0, warning: 0, healthy: 5}
files:
  description: The full paths of the files.
  returned: success
  type: list
  elements: str
  sample: [/home/ops/rdp.html]
"""
