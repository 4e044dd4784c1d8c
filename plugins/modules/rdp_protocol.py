# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_protocol
short_description: Turn Remote Desktop on or off
version_added: 0.1.0
description:
  - Sets C(fDenyTSConnections), and the other switches that can keep people out (C(TSEnabled), C(TSUserEnabled)).
  - If a policy overrides the switch, the task fails and names who set the policy, instead of making a change that has no
    effect. This module never writes a policy; M(winops.rdp.rdp_policy) changes the local one.
  - Opens no firewall rule and lowers no security setting.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.timeout
options:
  state:
    description:
      - V(enabled) lets people in, V(disabled) keeps them out.
    type: str
    choices: [enabled, disabled]
    default: enabled
  on_policy:
    description:
      - What to do if a policy overrides the switch.
      - V(fail) - change nothing, and fail with the name of the GPO, or of whatever else set the policy.
      - V(warn) - set the switch, which takes effect once the policy is gone, and warn.
      - V(ignore) - set the switch.
    type: str
    choices: [fail, warn, ignore]
    default: fail
  refresh:
    description:
      - After a change with O(state=enabled), apply the policies again with C(gpupdate) before the host is examined again.
        Whatever would revert the change later, such as a Group Policy preference, then does so at once.
      - A policy that arrives with them and overrides the switch is handled as O(on_policy) says. If the policies could
        not be applied, the task warns.
    type: bool
    default: false
  force:
    description:
      - With O(refresh), whether to apply the policies that have not changed as well (C(gpupdate /force)). Windows then
        installs software from GPOs again at its next start.
      - A policy outside of the policy keys, such as one from a custom template, reverts the switch only when its GPO
        changes, or when it is forced.
    type: bool
    default: false
  disconnect:
    description:
      - When Remote Desktop may be turned off, which can disconnect everyone. Only used with O(state=disabled).
      - V(when_idle) - only while nobody is connected. Otherwise the task fails before anything is changed, and says who
        is connected.
      - V(always) - even while people are connected.
    type: str
    choices: [when_idle, always]
    default: when_idle
  require_nla:
    description:
      - Whether to refuse to turn Remote Desktop on if the host doesn't require Network Level Authentication, because
        anyone who can reach its port would then get a logon screen.
      - The policy C(UserAuthentication) counts, or without it the value in the key of the listener C(RDP-Tcp). With
        C(SecurityLayer) 0 there is no Network Level Authentication.
    type: bool
    default: true
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_policy
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Turn Remote Desktop on
  winops.rdp.rdp_protocol:

- name: Turn it on, and make sure that the next policy refresh doesn't turn it off
  winops.rdp.rdp_protocol:
    refresh: true

- name: Turn Remote Desktop off
  winops.rdp.rdp_protocol:
    state: disabled
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
  sample: {fDenyTSConnections: 1}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {fDenyTSConnections: 0}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-protocol-3fa9"
    - reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 0 /f
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-protocol-3fa9
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
policy:
  description: Which policy decides whether Remote Desktop is on, as in RV(winops.rdp.rdp_policy#module:source).
  returned: when the host could be examined
  type: dict
  sample: {kind: none, reason: No policy sets it.}
"""
