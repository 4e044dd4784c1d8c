# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a reference for each build of Windows. Documented below."""

from __future__ import annotations

import typing as t

from ..plugin_utils._rdp.repairs.reference import baselines

DOCUMENTATION = r"""
name: listener_baselines
short_description: The listeners of a fleet as .reg files, one for each build of Windows
version_added: 0.1.0
description:
  - Chooses the first host of each build whose listener works and has no suspicious value, and turns its key into a file
    that M(winops.rdp.rdp_listener) takes as a reference.
  - A value is suspicious if it starts a program, names a library, a server or an address, allows sessions to be watched
    without consent, weakens security, or is not one that Windows writes there.
options:
  _input:
    description: What M(winops.rdp.rdp_info) returned for each host, by the host's name.
    type: dict
    required: true
seealso:
  - module: winops.rdp.rdp_listener
  - plugin: winops.rdp.listener_baseline
    plugin_type: filter
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Show which hosts can't be a reference
  ansible.builtin.debug:
    msg: "{{ (results | winops.rdp.listener_baselines).refused }}"
"""

RETURN = r"""
_value:
  description:
    - As C(files) a list with the C(build), the C(host) and the C(text) of each file, and as C(refused) the reason
      for each host that was skipped.
  type: dict
  sample: {files: [{build: 20348, host: web01, text: "Windows Registry Editor Version 5.00"}], refused: []}
"""


def listener_baselines(results: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the choice, as documented."""
    files, refused = baselines(results)
    return {"files": files, "refused": refused}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"listener_baselines": listener_baselines}
