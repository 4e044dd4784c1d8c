# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_listener
short_description: Repair the RDP listener
version_added: 0.1.0
description:
  - Makes sure that a listener works. It does if C(qwinsta) lists it with an id of 65536 or more and TermService listens
    on its port; if C(qwinsta) can't be read, the port is enough. A working listener is left alone, however its key
    differs from Windows' own or from a reference, and is never restarted. Only a switch that rejects people at sign-in
    is reset.
  - In a listener that doesn't work, the values that every listener needs are set to Windows' own. If the key of RDP-Tcp is
    gone, a new one is created with what Windows itself needs, always with Network Level Authentication and TLS. Then
    TermService is restarted, or started if it is stopped, and the listener has to appear within O(wait) seconds. If it
    doesn't, everything is undone. For a disabled TermService, use M(winops.rdp.rdp_service).
  - A reference is used only if that did not help and was undone. From another host's facts, only numbers on an
    allow-list and in plausible ranges are taken, never a program, a library, a server or a setting for shadowing.
  - The host keeps its own certificate, ports, network adapters and permissions. Security is never lowered, not even below
    Windows' default for a missing value. RV(differences) lists what is kept.
  - A reference that is used must come from the same build of Windows.
  - Listeners of other products, such as Citrix or Azure Virtual Desktop, are never changed, and neither is RDP-Tcp while
    another product has registered the class of its protocol.
  - Before TermService is stopped, the services that depend on it are listed. If one other than UmRdpService runs, nothing
    is changed.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.disconnect
  - winops.rdp.rdp.timeout
options:
  listener:
    description: The listener, by the name of its key below C(WinStations).
    type: str
    default: RDP-Tcp
  method:
    description:
      - V(converge) sets what Windows itself needs. If a reference has to be used, only the values that differ from it are
        set, and values that it doesn't have are kept.
      - V(replace) takes the whole key of the reference at once, as the article does, and Windows' own values where it
        has none. Unlike in the article, one command both removes and imports, so the host is never without a key. It
        requires a reference.
    type: str
    choices: [converge, replace]
    default: converge
  reference:
    description:
      - The facts of a host with a working listener, as M(winops.rdp.rdp_info) returns them in
        RV(winops.rdp.rdp_info#module:facts).
    type: dict
  reference_file:
    description:
      - A C(.reg) file on the controller with the key of a working listener, UTF-16 as Windows writes it, or UTF-8.
      - A relative path is searched for like any file in Ansible, and then in the folder in which Ansible was started.
      - A file that holds any other key, or deletes one, is refused with the number of the line.
      - A file with a suspicious value is refused, naming each one. See O(accept_values).
      - Such a file doesn't say from which build it comes, so it requires O(allow_other_build), unless it was created by
        the playbook C(winops.rdp.baseline).
    type: path
  reference_directory:
    description:
      - A folder on the controller with a file C(BUILD.reg) for each build of Windows, as the playbook
        C(winops.rdp.baseline) creates it. It is searched for like O(reference_file).
    type: path
  accept_values:
    description:
      - The suspicious values of O(reference_file) or O(reference_directory) that you want, by their names, such as
        V(InitialProgram).
      - A value is suspicious if it starts a program, names a library, a server or an address, allows sessions to be
        watched without consent, weakens security, or is not one that Windows writes there.
      - This option does not lower security. A value that would lower it is left out, and listed in RV(differences).
    type: list
    elements: str
    default: []
  verify_from_controller:
    description:
      - Whether a listener with a new key has to show in a handshake with the controller that it requires Network Level
        Authentication. If it doesn't, everything is undone. No one is signed in.
      - If the controller can't reach the port, a warning says so, and the listener's row and port are sufficient.
    type: bool
    default: true
  allow_other_build:
    description: Use the reference even if it comes from another or an unknown build of Windows.
    type: bool
    default: false
seealso:
  - module: winops.rdp.rdp_info
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Repair the listener
  winops.rdp.rdp_listener:

- name: Examine a healthy host
  winops.rdp.rdp_info:
  delegate_to: web01
  register: healthy_host

- name: Repair the listener with that host as the reference
  winops.rdp.rdp_listener:
    reference: "{{ healthy_host.facts }}"

- name: Repair the listener with a baseline as the reference
  winops.rdp.rdp_listener:
    reference_directory: baseline

- name: Restore a listener that starts a program on purpose
  winops.rdp.rdp_listener:
    reference_file: kiosk.reg
    allow_other_build: true
    method: replace
    accept_values: [InitialProgram, WorkDirectory]

- name: Replace the whole key, even while people are connected
  winops.rdp.rdp_listener:
    reference_file: rdp-tcp.reg
    allow_other_build: true
    method: replace
    disconnect: always
"""

RETURN = r"""
differences:
  description: How the key differs from the reference, or without one from what every listener needs.
  returned: when the host could be examined
  type: list
  elements: dict
  contains:
    value:
      description: The value's name, with the sub-key before it if it is in one.
      type: str
      returned: always
      sample: fEnableWinStation
    here:
      description: What the host has, V(null) without it.
      type: raw
      returned: always
      sample: 0
    reference:
      description: What it should be, V(null) if the reference doesn't have it.
      type: raw
      returned: always
      sample: 1
    kept:
      description: Why it is kept nevertheless. Empty if it isn't kept.
      type: str
      returned: always
      sample: ""
reference:
  description: Where the reference comes from. V(null) without one, and for a O(reference_directory) that was not asked.
  returned: when the host could be examined
  type: str
  sample: baseline/20348.reg
reference_used:
  description: Whether the values come from the reference. Otherwise they are Windows' own.
  returned: when the host could be examined
  type: bool
  sample: false
verification:
  description: The handshake with a listener whose key was written anew. V(null) without one.
  returned: when the host could be examined
  type: dict
  contains:
    address:
      description: The host, as the connection calls it.
      type: str
      returned: always
      sample: web03.example.com
    port:
      description: The TCP port.
      type: int
      returned: always
      sample: 3389
    outcome:
      description: As in RV(winops.rdp.rdp_reach_info#module:targets[].outcome).
      type: str
      returned: always
      sample: rdp
    summary:
      description: What was seen, as a sentence.
      type: str
      returned: always
      sample: web03.example.com:3389 is Remote Desktop with Network Level Authentication.
    requires_nla:
      description: Whether it wants Network Level Authentication, V(null) if that was not seen.
      type: bool
      returned: always
      sample: true
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
  sample: {fEnableWinStation: 0}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {fEnableWinStation: 1}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-listener-3fa9"
    - reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" /v fEnableWinStation /t REG_DWORD /d 1 /f
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-listener-3fa9
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
