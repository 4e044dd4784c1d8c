# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_listener
short_description: Bring the RDP listener back
version_added: 0.1.0
description:
  - Keeps a listener listening. It works when C(qwinsta) lists it with an id of 65536 or more and TermService listens on
    its port; where C(qwinsta) can't be read, by that port alone. A listener that works is left alone, however its key
    differs from Windows' own or from a reference, and is never restarted. Only a switch that turns people away at the
    sign-in is set back.
  - One that doesn't work gets the values without which no listener works, of Windows' own. If the key of RDP-Tcp is gone,
    it gets a new one of what Windows itself needs, always with Network Level Authentication and TLS. Then TermService is
    restarted, or started if it is stopped, and the listener has to come back within O(wait) seconds. If it doesn't,
    everything is put back. A disabled TermService is for M(winops.rdp.rdp_service).
  - Only if that did not help, and was undone, a reference is asked. Of another host's facts no more is taken than
    numbers of an allow-list in plausible ranges, never what names a program, a library, a server or shadowing.
  - What belongs to the host is kept. That is its certificate, ports, network adapters and permissions. Security is never
    lowered, also not below what Windows does where the host says nothing. RV(differences) lists what is kept.
  - A reference that is asked must come from the same build of Windows.
  - Listeners of other products, such as Citrix or Azure Virtual Desktop, are never changed, and neither is RDP-Tcp while
    the class of its protocol is one that another product has registered.
  - Before TermService is stopped, the services that depend on it are asked for. While another than UmRdpService runs,
    nothing is changed.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.disconnect
  - winops.rdp.rdp.timeout
options:
  listener:
    description: The listener, as its key below C(WinStations) is called.
    type: str
    default: RDP-Tcp
  method:
    description:
      - V(converge) sets what Windows itself needs. If a reference has to be asked, it sets the values that differ from
        it, and leaves values alone that it doesn't have.
      - V(replace) takes the whole key of the reference at once, as the article does, and Windows' own values where it
        says nothing. Unlike there, removing and importing are one command, so the host is never without a key. It needs
        a reference.
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
      - A path that is not absolute is searched like any file in Ansible, and then in the folder in which Ansible was
        started.
      - A file that holds any other key, or deletes one, is refused with the number of the line.
      - A file with a suspicious value is refused, naming each one. See O(accept_values).
      - Such a file doesn't say from which build it comes, so it needs O(allow_other_build), unless the playbook
        C(winops.rdp.baseline) made it.
    type: path
  reference_directory:
    description:
      - A folder on the controller with a file C(BUILD.reg) for each build of Windows, as the playbook
        C(winops.rdp.baseline) makes it. It is searched like O(reference_file).
    type: path
  accept_values:
    description:
      - The suspicious values of O(reference_file) or O(reference_directory) that you want, by their names, such as
        V(InitialProgram).
      - Suspicious is what starts a program, names a library, a server or an address, lets sessions be watched without
        asking, weakens security, or is nothing that Windows writes there.
      - Security is not lowered by that. A value that would lower it is left out, and listed in RV(differences).
    type: list
    elements: str
    default: []
  verify_from_controller:
    description:
      - Whether a listener whose key was written anew has to show this computer in a handshake that it asks for Network
        Level Authentication. If it doesn't, everything is put back. No sign-in takes place.
      - Where this computer can't reach the port, a warning says so, and the listener's row and port have to do.
    type: bool
    default: true
  allow_other_build:
    description: Take the reference even if it comes from another build of Windows, or doesn't say from which.
    type: bool
    default: false
seealso:
  - module: winops.rdp.rdp_info
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: The listener listens
  winops.rdp.rdp_listener:

- name: Look at a healthy host
  winops.rdp.rdp_info:
  delegate_to: web01
  register: healthy_host

- name: A lost key comes from that host
  winops.rdp.rdp_listener:
    reference: "{{ healthy_host.facts }}"

- name: A lost key comes from a baseline
  winops.rdp.rdp_listener:
    reference_directory: baseline

- name: A listener that starts a program, as somebody wants it
  winops.rdp.rdp_listener:
    reference_file: kiosk.reg
    allow_other_build: true
    method: replace
    accept_values: [InitialProgram, WorkDirectory]

- name: Everything as in this file, even while people are connected
  winops.rdp.rdp_listener:
    reference_file: rdp-tcp.reg
    allow_other_build: true
    method: replace
    disconnect: always
"""

RETURN = r"""
differences:
  description: How the key differs from the reference, or without one from what every listener needs.
  returned: when the host could be looked at
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
      description: Why it stays as it is all the same. Empty if it doesn't.
      type: str
      returned: always
      sample: ""
reference:
  description: Where the reference comes from. V(null) without one, and for a O(reference_directory) that was not asked.
  returned: when the host could be looked at
  type: str
  sample: baseline/20348.reg
reference_used:
  description: Whether the values come from the reference. Otherwise they are Windows' own.
  returned: when the host could be looked at
  type: bool
  sample: false
verification:
  description: The handshake with a listener whose key was written anew. V(null) without one.
  returned: when the host could be looked at
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
  sample: {fEnableWinStation: 0}
after:
  description: The same as it is after the repair, or in check mode as it would be.
  returned: when the host could be looked at
  type: dict
  sample: {fEnableWinStation: 1}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-listener-3fa9"
    - reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" /v fEnableWinStation /t REG_DWORD /d 1 /f
backup:
  description: The folder on the host with what was saved and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be looked at
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-listener-3fa9
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
