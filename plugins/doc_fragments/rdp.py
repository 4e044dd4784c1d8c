# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Shared parts of the documentation. Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    """The parts that the documentation of several modules shares."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - Windows Server 2012 R2, Windows 8.1 or later on the host, in any display language.
  - An account with administrator rights on the host.
attributes:
  check_mode:
    support: full
    description: Reports what would be changed, without changing it.
  diff_mode:
    support: full
    description: Shows the state before and after.
  async:
    support: none
    description: Can be used with the C(async) keyword.
  idempotent:
    support: full
    description: A second run on the same host changes nothing.
  platform:
    support: full
    platforms: windows
    description: The platform that the module works on.
notes:
  - Runs on the controller and sends Windows' own commands through the connection of the task
    (P(ansible.builtin.winrm#connection), P(ansible.builtin.psrp#connection), or
    P(ansible.builtin.ssh#connection) with C(ansible_shell_type=cmd) or C(powershell)). Nothing is copied to
    the host.
  - Can't be used with C(become), and does not pass the C(environment) keyword to the host.
seealso:
  - name: General Remote Desktop connection troubleshooting
    description: Microsoft's article, which this collection automates.
    link: https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting
"""

    EXPECTATION = r"""
options:
  listener:
    description:
      - The listener to check, by the name of its key below C(WinStations).
      - Other listeners, such as those of Hyper-V or Citrix, are listed in the facts and left alone.
    type: str
    default: RDP-Tcp
  port:
    description:
      - The TCP port on which your clients expect Remote Desktop, V(1) to V(65535).
      - With V(3389), a host that uses another port gets a warning, because that works but Microsoft advises against
        it. With any other value, such a host has a problem, because your clients can't get in.
    type: int
    default: 3389
"""

    TIMEOUT = r"""
options:
  timeout:
    description:
      - How long one examination of the host may take, in seconds, V(10) to V(3600). A repair examines the host at least
        twice.
      - After half of that time, what still runs on the host is abandoned, and the commands without an answer are sent
        again in smaller batches. If a program hangs, only the findings that need it are V(unknown).
      - A host that accepts commands but answers none of them is unreachable.
      - This option does not limit commands that change the host.
    type: int
    default: 120
"""

    REPAIR = r"""
options:
  backup_copy:
    description:
      - A folder on the controller for a copy of the backup, which is fetched before anything changes on the host. It
        gets a folder for each host, with a folder for each backup. Only their owner can read them.
      - If the SHA-256 of a copied file differs from that on the host, nothing is changed.
      - A relative path is relative to the folder in which Ansible was started.
    type: path
notes:
  - Before anything changes, the module creates a numbered folder below C(%SystemRoot%\\winops.rdp\\backup) on the
    host, which only administrators can read. Its name ends in random characters, which check mode shows as C(????).
  - The folder holds exports of the registry keys that are about to change, and a script C(undo.cmd) with which an
    administrator can undo the repair at the console, without Ansible.
  - After the change the host is examined again. If the change had no effect, it is undone and the task fails.
  - In check mode, a repair whose prerequisite is itself only predicted warns instead of failing, because an earlier
    task may have reported that it would repair that.
seealso:
  - module: winops.rdp.rdp_restore
"""

    DISCONNECT = r"""
options:
  disconnect:
    description:
      - When the repair may restart TermService, which disconnects everyone. Their sessions keep running on the host.
      - V(when_idle) - only while nobody is connected. Otherwise the task fails before anything is changed, and says who
        is connected.
      - V(always) - even while people are connected.
      - V(never) - not at all. What can be changed is changed, and takes effect once you have restarted TermService.
    type: str
    choices: [when_idle, always, never]
    default: when_idle
  wait:
    description: Seconds to wait after the change for the host to reach the expected state, V(0) to V(3600).
    type: int
    default: 60
"""
