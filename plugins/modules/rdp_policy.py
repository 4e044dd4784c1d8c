# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_policy
short_description: Find the GPO that controls Remote Desktop, and change the local policy
version_added: 0.1.0
description:
  - Finds out what set the policy "Allow users to connect remotely by using Remote Desktop Services" on a host, from the
    list of GPOs that Windows keeps there and from its copies of their C(Registry.pol) files. The domain is not queried,
    and no translated text is compared. If the source is not certain, none is named.
  - Changes only the local policy, which belongs to the host - its C(Registry.pol) and C(gpt.ini) below
    C(%SystemRoot%\System32\GroupPolicy). The policies are then applied again with C(gpupdate), and the result is read
    from the registry.
  - Never writes a GPO of the domain, a policy from MDM, or the registry key of the policies. The finding says which
    policy it is, where it is linked, and what to do once it has been changed.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.timeout
options:
  local_policy:
    description:
      - The setting for Remote Desktop in the local policy.
      - V(not_configured) - none, so that the host's own switch decides, unless another policy does.
      - V(enabled) - people may connect. A GPO of the domain overrules it.
    type: str
    choices: [not_configured, enabled]
  refresh:
    description:
      - Apply the policies again, for example after a GPO was changed. RV(ignore:changed) tells whether the policy for
        Remote Desktop has changed.
      - With O(local_policy) they are applied anyway if something was changed, and with both options even if nothing was.
      - Fails if Windows has not applied them within O(wait) seconds, whatever C(gpupdate) says.
      - Refused if it could disconnect people, because a policy allows Remote Desktop and the host's own switch denies it
        (KB2083411). M(winops.rdp.rdp_protocol) sets that switch.
    type: bool
    default: false
  force:
    description:
      - Whether to apply the policies that have not changed as well (C(gpupdate /force)). Windows then installs software
        from GPOs again at its next start.
      - Not needed for a changed GPO. With O(local_policy), a value that no policy wrote is removed by force if it is still
        there after a plain refresh.
    type: bool
    default: false
  require_nla:
    description:
      - Whether to refuse to turn Remote Desktop on, by removing the local policy that denies it, if the host doesn't
        require Network Level Authentication, as O(winops.rdp.rdp_protocol#module:require_nla).
    type: bool
    default: true
  wait:
    description: How many seconds to wait for C(gpupdate), V(1) to V(3600).
    type: int
    default: 120
notes:
  - One of O(local_policy) and O(refresh) is required. To examine a host only, use M(winops.rdp.rdp_info).
  - The two files are written with C(certutil -decode), which endpoint protection may report.
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_protocol
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Remove Remote Desktop from the local policy
  winops.rdp.rdp_policy:
    local_policy: not_configured

- name: Apply a changed GPO now
  winops.rdp.rdp_policy:
    refresh: true
  register: policy

- name: Show which policy decides
  ansible.builtin.debug:
    msg: "{{ policy.source.kind }} {{ policy.source.name }}: {{ policy.source.reason }}"
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
source:
  description: The policy that decides whether Remote Desktop is on.
  returned: when the host could be examined
  type: dict
  contains:
    kind:
      description:
        - V(local) (the local GPO), V(domain) (a GPO of the domain), V(mdm), V(preference) (a preference of a GPO wrote
          the value), V(stray) (no computer policy wrote it), V(none) (no policy is set) or V(unknown).
      type: str
      returned: always
      sample: domain
    name:
      description: Display name of the GPO. Empty if the source is not a GPO.
      type: str
      returned: always
      sample: Block RDP
    guid:
      description: GUID of the GPO, V(LOCALGPO) for the local one.
      type: str
      returned: always
      sample: '{8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63}'
    domain:
      description: The domain of the GPO.
      type: str
      returned: always
      sample: corp.example
    link:
      description: Where it is linked.
      type: str
      returned: always
      sample: corp.example/Servers
    version:
      description: Computer version of the GPO.
      type: int
      returned: always
      sample: 7
    enforced:
      description: Whether the link is enforced.
      type: bool
      returned: always
      sample: false
    file:
      description: The C(Registry.pol) on the host that sets the value.
      type: str
      returned: always
      sample: C:\Windows\System32\GroupPolicy\DataStore\0\sysvol\corp.example\Policies\{8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63}\Machine\Registry.pol
    value:
      description: The value in the registry. V(null) if there is none. It denies, so V(1) turns Remote Desktop off.
      type: raw
      returned: always
      sample: 1
    reason:
      description: Why, as a sentence.
      type: str
      returned: always
      sample: GPO 'Block RDP' {8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63} sets it, and no later one says otherwise.
    pending:
      description: What Windows will change when it applies registry policies again. Empty if nothing.
      type: str
      returned: always
      sample: ''
    overruled:
      description: Other policies that set the value and don't win.
      type: list
      elements: str
      returned: always
      sample: [Local GPO sets fDenyTSConnections = 0 (connections are allowed)]
    reported:
      description:
        - Whether the report of C(gpresult) agrees, V(no report), V(not in the report), V(agrees) or V(disagrees).
      type: str
      returned: always
      sample: agrees
    disagreements:
      description: Where two sources of Windows contradict each other, with both.
      type: list
      elements: str
      returned: always
      sample: []
"""
