# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a reference of a host's listener. Documented below."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils._rdp.errors import RefusedError
from ..plugin_utils._rdp.repairs.reference import baseline

DOCUMENTATION = r"""
name: listener_baseline
short_description: A listener's key as a .reg file
version_added: 0.1.0
description:
  - Turns the facts of a host with a working listener into a file that M(winops.rdp.rdp_listener) takes as a reference.
  - The file names the build of Windows that it comes from. What belongs to the host, such as its certificate, is not in
    it.
  - A key with suspicious values, such as C(InitialProgram), is an error that names each of them.
options:
  _input:
    description: The facts that M(winops.rdp.rdp_info) returned.
    type: dict
    required: true
  host:
    description: The host they come from, for error messages.
    type: str
    required: true
seealso:
  - module: winops.rdp.rdp_listener
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Save a baseline
  ansible.builtin.copy:
    content: "{{ diagnosis.facts | winops.rdp.listener_baseline(inventory_hostname) }}"
    dest: "baseline/{{ diagnosis.facts.windows.build }}.reg"
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The text of the file, ASCII with Windows line endings.
  type: str
  sample: "Windows Registry Editor Version 5.00\r\n"
"""


def listener_baseline(facts: t.Any, host: str) -> str:
    """Return the text, as documented."""
    try:
        return baseline(facts, host)
    except RefusedError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"listener_baseline": listener_baseline}
