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
  - Keeps the port of Remote Desktop open for TermService in the Windows Firewall. Each network of a host has the profile
    of its own. Where the port is open in one active profile and blocked in another one, nothing is changed, and the
    finding is a warning that names them.
  - Judges what the firewall really does, from the settings of the profiles and from all rules, the host's own and those
    of policies. A rule that blocks wins over one that allows, and a policy can make the host's own rules count for
    nothing.
  - If the port is blocked, Windows' own rules for Remote Desktop are turned on by their ids, which are the same in every
    language, for the profiles in O(profiles) only. For another port, or where these rules are gone, a rule
    C(winops.rdp TCP PORT) is added, and one for UDP with it. It lets in nothing but TermService, and only from where the
    rule of Windows for Remote Desktop does.
  - A port that is open for some clients only stays so, because somebody meant it. The finding says so. A rule in any
    store, the host's own, a group policy's or an MDM's, that lets Remote Desktop in for some profiles or addresses only
    is never opened further by another one; the module fails before anything is changed, and names that rule.
  - A member of a domain whose network does not count as the domain's is not opened either. The module fails, and names
    that as the cause.
  - The firewall is never turned off, and no profile, policy or rule that blocks is changed. Where one of these keeps
    Remote Desktop out, the module fails before anything is changed, and names it with its place.
  - Firewalls of other makers, and filters on the host that the Windows Firewall does not show, are not looked at.
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
      - The profile V(public) is for networks of strangers, and what Windows takes a network for that it doesn't know. It
        is opened only where it is in this list. Servers outside of a domain, those of a cloud included, often have no
        other profile.
    type: list
    elements: str
    choices: [domain, private, public]
    default: [domain, private]
  listener:
    description: The listener, as its key below C(WinStations) is called.
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
  sample: {RemoteDesktop-UserMode-In-TCP: 'off', RemoteDesktop-UserMode-In-UDP: 'off'}
after:
  description: The same as it is after the repair, or in check mode as it would be.
  returned: when the host could be looked at
  type: dict
  sample: {RemoteDesktop-UserMode-In-TCP: 'on for domain, private', RemoteDesktop-UserMode-In-UDP: 'on for domain, private'}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-firewall-3fa9"
    - >-
      powershell.exe -NoProfile -NonInteractive -Command "Set-NetFirewallRule -Name
      RemoteDesktop-UserMode-In-TCP,RemoteDesktop-UserMode-In-UDP -Enabled True -Profile Domain,Private"
backup:
  description: The folder on the host with what was saved and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be looked at
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-firewall-3fa9
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
