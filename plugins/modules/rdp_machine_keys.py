# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_machine_keys
short_description: Restore the documented permissions of MachineKeys
version_added: 0.1.0
description:
  - Keeps the permissions that Microsoft documents for the folder C(MachineKeys) - full control for Administrators, read
    and write for Everyone, both for this folder only - and for the key file of the listener's certificate, which
    TermService reads as NETWORK SERVICE.
  - Compares SIDs and access masks, so neither the language of Windows nor the order of the entries matters.
  - Replaces the permissions of accounts that lack some, on the folder and that one file only, without recursion. Other
    entries are reported in the finding and kept, because other software may need them.
  - The key file is identified by its exact name, which ends in this computer's MachineGuid. Other folders, links and
    files that users created there are never touched. A file of that name is refused if Windows doesn't own it.
  - The documented permissions of the key file exclude administrators. If it can't be examined for that reason, it is not
    touched, and the finding relies on the handshake instead.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.timeout
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_cert
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Let Windows create and read its keys
  winops.rdp.rdp_machine_keys:
"""

RETURN = r"""
finding:
  description: The finding after the repair. In check mode, and when nothing changed, the finding on the host as it is.
  returned: when the host could be examined
  type: dict
  contains:
    check:
      description: Name of the check.
      type: str
      returned: always
      sample: service
    status:
      description:
        - V(ok), V(warning) (it works, and Microsoft advises against it), V(problem) (it keeps people out),
          V(unknown) (it could not be determined) or V(skipped) (another check has to be ok first).
      type: str
      returned: always
      sample: problem
    summary:
      description: The result of the check as a sentence.
      type: str
      returned: always
      sample: TermService is stopped.
    expected:
      description: The state of a healthy host.
      type: str
      returned: always
      sample: running, start type Manual or Automatic
    found:
      description: The state of this host.
      type: str
      returned: always
      sample: stopped
    fix:
      description: What to do about it.
      type: str
      returned: always
      sample: Use winops.rdp.rdp_service.
    repair:
      description: The module that repairs it, V(null) if none does.
      type: str
      returned: always
      sample: winops.rdp.rdp_service
    section:
      description: The section of Microsoft's article.
      type: str
      returned: always
      sample: https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting#check-the-status-of-the-rdp-services
    commands:
      description: The commands that the result is based on, to be repeated in an elevated Command Prompt on the host.
      type: list
      elements: str
      returned: always
      sample: ['sc queryex TermService']
before:
  description: The previous state of what changes. A registry value that does not exist is V(null).
  returned: when the host could be examined
  type: dict
  sample: {MachineKeys: "D:PAI(A;;FA;;;BA)"}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {MachineKeys: "with S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)"}
steps:
  description: The steps that change the host, in order, without the commands that save the old state.
  returned: when the host could be examined
  type: list
  elements: dict
  contains:
    why:
      description: The purpose of the step.
      type: str
      returned: always
      sample: Start TermService and wait for it.
    command:
      description: The command.
      type: str
      returned: always
      sample: net start TermService
commands:
  description:
    - All commands of the repair in order, including those that save the old state.
    - In check mode, the commands that would be run. Empty when there is nothing to do.
  returned: when the host could be examined
  type: list
  elements: str
  sample:
    - mkdir "C:\Windows\winops.rdp\backup\0001-machine_keys-3fa9"
    - icacls "C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys" /grant:r "*S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)"
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-machine_keys-3fa9
backup_copy:
  description: The folder on the controller with a copy of the backup. V(null) without O(backup_copy), and in check mode.
  returned: when the host could be examined
  type: str
  sample: /srv/rdp-backups/web03/0001-listener-3fa9
restarted:
  description: Whether TermService was restarted, which disconnects everyone.
  returned: when the host could be examined
  type: bool
  sample: false
"""
