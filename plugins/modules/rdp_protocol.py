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
  - Keeps the switch C(fDenyTSConnections), and the switches beside it that keep people out as well
    (C(TSEnabled), C(TSUserEnabled)).
  - Where a policy decides otherwise, the task fails and names who set it, instead of making a change that has no
    effect. A policy is never written here; M(winops.rdp.rdp_policy) changes the local one.
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
      - What to do where a policy decides otherwise, so that the switch has no effect.
      - V(fail) - change nothing, and fail with the name of the GPO, or of whatever set the policy.
      - V(warn) - set the switch for the time when the policy is gone, and warn.
      - V(ignore) - set the switch.
    type: str
    choices: [fail, warn, ignore]
    default: fail
  refresh:
    description:
      - After a change with O(state=enabled), let the policies be applied again with C(gpupdate) before the host is looked
        at again. Whatever would revert the change later, such as a preference of Group Policy, does it then.
      - A policy that comes with them and decides otherwise is treated as O(on_policy) says. Where they could not be
        applied, the task warns.
    type: bool
    default: false
  force:
    description:
      - With O(refresh), whether to apply also the policies that have not changed (C(gpupdate /force)). That has Windows
        install software of GPOs again at its next start.
      - A policy outside of the keys for policies, such as that of a custom template, reverts the switch when its GPO
        changes, or by force.
    type: bool
    default: false
  disconnect:
    description:
      - When Remote Desktop may be turned off, which can disconnect everybody. Only used with O(state=disabled).
      - V(when_idle) - only while nobody is connected. Otherwise the task fails before anything is changed, and says who
        is connected.
      - V(always) - even while people are connected.
    type: str
    choices: [when_idle, always]
    default: when_idle
  require_nla:
    description:
      - Whether to refuse to turn Remote Desktop on where the host doesn't require Network Level Authentication, so that
        everybody who reaches its port would get a logon screen.
      - The policy C(UserAuthentication) counts, else the value in the key of the listener C(RDP-Tcp). With
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
- name: Remote Desktop is on
  winops.rdp.rdp_protocol:

- name: Remote Desktop is on, and stays so after the next refresh of policies
  winops.rdp.rdp_protocol:
    refresh: true

- name: Remote Desktop is off
  winops.rdp.rdp_protocol:
    state: disabled
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
  sample: {fDenyTSConnections: 1}
after:
  description: The same as it is after the repair, or in check mode as it would be.
  returned: when the host could be looked at
  type: dict
  sample: {fDenyTSConnections: 0}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-protocol-3fa9"
    - reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 0 /f
backup:
  description: The folder on the host with what was saved and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be looked at
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-protocol-3fa9
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
policy:
  description: Who decides by policy whether Remote Desktop is on, as in RV(winops.rdp.rdp_policy#module:source).
  returned: when the host could be looked at
  type: dict
  sample: {kind: none, reason: No policy sets it.}
"""
