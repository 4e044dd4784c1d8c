# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_machine_keys
short_description: Give the documented rights on MachineKeys back
version_added: 0.1.0
description:
  - Keeps the rights that Microsoft documents for the folder C(MachineKeys) - full control for Administrators, read and
    write for Everyone, both for this folder only - and on the key file of the listener's certificate, which TermService
    reads as NETWORK SERVICE.
  - Compares by meaning, with SIDs and access masks, so neither the language of Windows nor the order of the entries
    matters.
  - Replaces the rights of the accounts that lack some, on the folder and that one file alone, never below them. Other
    entries are reported in the finding and stay, because other software may need them.
  - The key file is known by its exact name, which ends in this computer's MachineGuid. Folders, links and files that
    users made beside it are never touched. A file of that name which belongs to somebody else than Windows is refused.
  - The documented rights of the key file leave administrators out. If it can't be looked at for that reason, it is not
    touched, and the finding says what the handshake shows instead.
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
- name: Keys can be made
  winops.rdp.rdp_machine_keys:
"""

RETURN = r"""
finding:
  description: The judgement after the repair. In check mode, and when nothing changed, of the host as it is.
  returned: when the host could be looked at
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
          V(unknown) (it could not be judged) or V(skipped) (another check has to be ok first).
      type: str
      returned: always
      sample: problem
    summary:
      description: The judgement as a sentence.
      type: str
      returned: always
      sample: TermService is stopped.
    expected:
      description: What a healthy host has.
      type: str
      returned: always
      sample: running, start type Manual or Automatic
    found:
      description: What this host has.
      type: str
      returned: always
      sample: stopped
    fix:
      description: The module that repairs it, or what a person has to do.
      type: str
      returned: always
      sample: winops.rdp.rdp_service
    section:
      description: The section of Microsoft's article.
      type: str
      returned: always
      sample: https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting#check-the-status-of-the-rdp-services
    commands:
      description: The commands behind the judgement, to repeat in an elevated Command Prompt on the host.
      type: list
      elements: str
      returned: always
      sample: ['sc queryex TermService']
before:
  description: What changes, as it was. A registry value that does not exist is V(null).
  returned: when the host could be looked at
  type: dict
  sample: {MachineKeys: "D:PAI(A;;FA;;;BA)"}
after:
  description: The same as it is after the repair, or in check mode as it would be.
  returned: when the host could be looked at
  type: dict
  sample: {MachineKeys: "with S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)"}
steps:
  description: What changes the host, in its order, without the commands that save the old state.
  returned: when the host could be looked at
  type: list
  elements: dict
  contains:
    why:
      description: What the step is for.
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
    - All commands of the repair in their order, those that save the old state included.
    - In check mode those that would be run. Empty when there is nothing to do.
  returned: when the host could be looked at
  type: list
  elements: str
  sample:
    - mkdir "C:\Windows\winops.rdp\backup\0001-machine_keys-3fa9"
    - icacls "C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys" /grant:r "*S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)"
backup:
  description: The folder on the host with what was saved and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be looked at
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-machine_keys-3fa9
backup_copy:
  description: The folder on the controller with a copy of it. V(null) without O(backup_copy), and in check mode.
  returned: when the host could be looked at
  type: str
  sample: /srv/rdp-backups/web03/0001-listener-3fa9
restarted:
  description: Whether TermService was restarted, which disconnects everybody.
  returned: when the host could be looked at
  type: bool
  sample: false
"""
