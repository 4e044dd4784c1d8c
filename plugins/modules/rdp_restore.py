# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_restore
short_description: Undo a repair
version_added: 0.1.0
description:
  - Runs the commands of the script C(undo.cmd) that every repair of this collection leaves on the host, and then renames
    the backup, so that the next run takes the one before.
  - A script is refused if it contains a line that this collection does not write. An incomplete script means that the
    repair was interrupted before it changed anything; it is skipped with a warning.
  - Afterwards, the Remote Desktop services that ran before, and those that the script starts, have to run. One that
    doesn't is started again, and the task fails if that does not help.
  - Several repairs are undone in reverse order, one with each run.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.timeout
options:
  backup:
    description:
      - The name of the backup's folder below C(%SystemRoot%\winops.rdp\backup), such as V(0003-listener-3fa9).
      - V(latest) is the newest one that has not been restored yet.
    type: str
    default: latest
  disconnect:
    description:
      - When TermService may be restarted, if that is necessary. It disconnects everyone; their sessions keep running on
        the host.
      - V(when_idle) - only while nobody is connected. Otherwise the task fails before anything is changed, and says who
        is connected.
      - V(always) - even while people are connected.
      - V(never) - not at all. A backup whose commands restart TermService is not put back; the task fails before anything
        is changed.
    type: str
    choices: [when_idle, always, never]
    default: when_idle
attributes:
  diff_mode:
    support: none
    details: See RV(commands).
  idempotent:
    support: none
    details: Each run restores one backup.
seealso:
  - module: winops.rdp.rdp_info
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Undo the latest repair
  winops.rdp.rdp_restore:

- name: Undo a certain repair
  winops.rdp.rdp_restore:
    backup: 0003-listener-3fa9
"""

RETURN = r"""
backup:
  description: The folder of the restored backup, by its original name.
  returned: success
  type: str
  sample: C:\Windows\winops.rdp\backup\0003-listener-3fa9
commands:
  description: The commands that were run, or in check mode that would be run.
  returned: success
  type: list
  elements: str
  sample:
    - reg import "C:\Windows\winops.rdp\backup\0003-listener-3fa9\RDP-Tcp.reg"
restarted:
  description: Whether TermService was restarted, which disconnects everyone.
  returned: success
  type: bool
  sample: true
"""
