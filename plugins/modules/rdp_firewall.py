# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_firewall
short_description: Let Remote Desktop in through the Windows Firewall
version_added: 0.1.0
description:
  - Keeps the port of Remote Desktop open for TermService in the Windows Firewall. Each network of a host has its own
    profile. If the port is open in one active profile and blocked in another, nothing is changed, and the finding is a
    warning that names them.
  - Determines what the firewall really does, from the settings of the profiles and from all rules, both the host's own
    and those of policies. A rule that blocks wins over one that allows, and a policy can disable the host's own rules.
  - If the port is blocked, Windows' own rules for Remote Desktop are turned on by their ids, which are the same in every
    language, and only for the profiles in O(profiles). For another port, or if these rules are gone, a rule
    C(winops.rdp TCP PORT) is added, and one for UDP with it. It allows only TermService, and only from the addresses
    that Windows' own rule for Remote Desktop allows.
  - A port that is open for some clients only stays so, because that is intended, and the finding says so. If any rule
    (the host's own, a group policy's or an MDM's) allows Remote Desktop only for some profiles or addresses, no other
    rule is added to open it further; the module fails before anything is changed, and names that rule.
  - The port is not opened on a domain member whose network is not recognised as the domain's either. The module fails,
    and names that as the cause.
  - The firewall is never turned off, and no profile, policy or blocking rule is changed. If one of these keeps Remote
    Desktop out, the module fails before anything is changed, and says where it is set.
  - Other vendors' firewalls, and filters that the Windows Firewall does not show, are not examined.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.timeout
options:
  port:
    description:
      - The TCP port to open, V(1) to V(65535).
      - Without it, the port that the listener uses, C(PortNumber) in its key.
    type: int
  profiles:
    description:
      - In which profiles of the Windows Firewall a port may be opened.
      - The profile V(public) is for untrusted networks, and the one that Windows gives to a network it doesn't know. The
        port is opened there only if it is in this list. Servers outside of a domain, including cloud servers, often have
        no other profile.
    type: list
    elements: str
    choices: [domain, private, public]
    default: [domain, private]
  listener:
    description: The listener, by the name of its key below C(WinStations).
    type: str
    default: RDP-Tcp
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_reach_info
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Remote Desktop is let in
  winops.rdp.rdp_firewall:

- name: Remote Desktop is let in also from networks that count as public, as on a server in a cloud
  winops.rdp.rdp_firewall:
    profiles: [domain, private, public]

- name: Another port is open before Remote Desktop moves there
  winops.rdp.rdp_firewall:
    port: 3390
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
  sample: {RemoteDesktop-UserMode-In-TCP: 'off', RemoteDesktop-UserMode-In-UDP: 'off'}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {RemoteDesktop-UserMode-In-TCP: 'on for domain, private', RemoteDesktop-UserMode-In-UDP: 'on for domain, private'}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-firewall-3fa9"
    - >-
      powershell.exe -NoProfile -NonInteractive -Command "Set-NetFirewallRule -Name
      RemoteDesktop-UserMode-In-TCP,RemoteDesktop-UserMode-In-UDP -Enabled True -Profile Domain,Private"
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-firewall-3fa9
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
