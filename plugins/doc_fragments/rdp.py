# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Shared parts of the documentation. Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    """What every module of this collection says about itself."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - Windows Server 2012 R2, Windows 8.1 or later on the host, in any display language.
  - An account there that is an administrator.
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and changes nothing.
  diff_mode:
    support: full
    description: Shows the state before and after.
  async:
    support: none
    description: Can be used with the C(async) keyword.
  idempotent:
    support: full
    description: A second run on an unchanged host changes nothing.
  platform:
    support: full
    platforms: windows
    description: What the module works on.
notes:
  - Runs on the controller and sends Windows' own commands through the connection of the task
    (P(ansible.builtin.winrm#connection), P(ansible.builtin.psrp#connection), or
    P(ansible.builtin.ssh#connection) with C(ansible_shell_type=cmd) or C(powershell)). Nothing is copied to
    the host.
  - Can't be used with C(become), and does not hand the C(environment) keyword to the host.
seealso:
  - name: General Remote Desktop connection troubleshooting
    description: The article of Microsoft that this collection automates.
    link: https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting
"""

    EXPECTATION = r"""
options:
  listener:
    description:
      - The listener to judge, as its key below C(WinStations) is called.
      - Other listeners, such as those of Hyper-V or Citrix, are listed in the facts and left alone.
    type: str
    default: RDP-Tcp
  port:
    description:
      - The TCP port on which your clients expect Remote Desktop, V(1) to V(65535).
      - With V(3389) a host that uses another port gets a warning, because it works and Microsoft advises against
        it. With any other value such a host is a problem, because your clients can't get in.
    type: int
    default: 3389
"""

    TIMEOUT = r"""
options:
  timeout:
    description:
      - How long one look at the host may take, in seconds, V(10) to V(3600). A repair looks at least twice.
      - When half of it is over, what runs on the host is given up, and what was not answered is asked again in smaller
        parts. A program that hangs costs the findings that need it, which are V(unknown) then, and no others.
      - A host that takes commands and answers none is unreachable.
      - Nothing that changes the host is bounded by this option.
    type: int
    default: 120
"""

    REPAIR = r"""
options:
  backup_copy:
    description:
      - A folder on the controller that gets a copy of what was saved on the host, before anything changes there. Each
        host has a folder of its own in it, and each backup one in that. Only their owner can read them.
      - If a file does not come as it is on the host, by its SHA-256, nothing is changed.
      - A relative path begins in the folder in which Ansible was started.
    type: path
notes:
  - Before anything changes, the module makes a numbered folder below C(%SystemRoot%\\winops.rdp\\backup) on the
    host, which only administrators can read. The end of its name is random, and check mode shows it as C(????).
  - It holds exports of the registry keys that are about to change, and a script C(undo.cmd) that an administrator can
    run at the console to put the host back, without Ansible.
  - After the change the host is looked at again. If the change did not hold, it is undone and the task fails.
  - In check mode, what can't be judged before something else was repaired is a warning and not a failure, because an
    earlier task may have said that it would repair it.
seealso:
  - module: winops.rdp.rdp_restore
"""

    DISCONNECT = r"""
options:
  disconnect:
    description:
      - When the repair may restart TermService, which disconnects everybody. Their sessions keep running on the host.
      - V(when_idle) - only while nobody is connected. Otherwise the task fails before anything is changed, and says who
        is connected.
      - V(always) - even while people are connected.
      - V(never) - not at all. What can be changed is changed, and takes effect once you have restarted TermService.
    type: str
    choices: [when_idle, always, never]
    default: when_idle
  wait:
    description: How long to wait after the change for the host to get well, in seconds, V(0) to V(3600).
    type: int
    default: 60
"""
