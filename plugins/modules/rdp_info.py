# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_info
short_description: Find out why Remote Desktop does not work
version_added: 0.1.0
description:
  - Examines everything on a Windows host that Remote Desktop depends on, in one task, and checks it in the order of
    Microsoft's article.
  - Names the cause, what to do about it, and the commands that show it.
  - Never changes anything on the host. The task succeeds whatever it finds, unless O(fail_on) says otherwise.
  - Can save what the host answered in a folder on the controller, and diagnose such a recording later, on any machine,
    without the host.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.expectation
  - winops.rdp.rdp.timeout
options:
  checks:
    description:
      - The checks to report, in the order of the article. Without it, or with an empty list, all of them.
      - V(protocol) - Remote Desktop is enabled, and no policy says otherwise.
      - V(policy) - no policy keeps people out. What set it is found out on the host, without querying the domain - the
        local GPO, one of the domain with its name, GUID and link, MDM, or none of these.
      - V(service) - the Remote Desktop services are running.
      - V(listener) - the listener exists and listens. It is checked only if V(protocol) and V(service) are ok. If it
        listens, programs, libraries and protocols that are not Windows' own, shadowing without consent, and
        C(SecurityLayer) 0 are a warning.
      - V(cert) - the listener has a valid certificate. V(unknown) if the host's clock and the controller's are more
        than a day apart and that makes the difference.
      - V(machine_keys) - the certificate's key can be created and read. V(skipped) if an administrator can't see the
        permissions of its file and no handshake shows whether it can be read.
      - V(port) - the listener uses the expected port.
      - V(port_conflict) - no other program uses that port.
      - V(firewall) - the Windows Firewall lets Remote Desktop in.
      - V(reach) - Remote Desktop answers from outside. The handshake is begun from the controller, where this module
        runs, with the address of the task's connection and without signing in. V(skipped) when the connection goes
        through a proxy or a jump host. V(warning) when nothing comes back, because either the host or the network
        can be the reason; the other checks say whether it is the host. See O(verify_from_controller).
    type: list
    elements: str
    choices: [protocol, policy, service, listener, cert, machine_keys, port, port_conflict, firewall, reach]
  expect:
    description:
      - The intended state of Remote Desktop on this host.
      - V(enabled) - on, as in the article. Off is a problem.
      - V(any) - on or off. If it is off, nothing else is checked, and RV(healthy) is V(true).
      - V(disabled) - off. On is a problem, and nothing else is checked.
      - Remote Desktop counts as off, too, if C(TermService) is disabled or not installed.
    type: str
    choices: [enabled, disabled, any]
    default: enabled
  fail_on:
    description:
      - The least severe status that makes the task fail, for use as a gate.
      - V(unknown) includes V(problem), and V(warning) includes both.
    type: str
    choices: [never, problem, unknown, warning]
    default: never
  outputs:
    description:
      - Also return the output of the commands, so that M(winops.rdp.rdp_report) can show it. That is some 50 KB for each
        host, and contains the names of users and programs.
    type: bool
    default: false
  rights:
    description:
      - Find out which accounts policies allow to log on through Remote Desktop, RV(facts.rights). This runs C(gpresult) on
        the host, which takes some seconds.
      - Without it, this is known only for hosts where a policy keeps people out.
    type: bool
    default: false
  quiet:
    description: Don't print the report of the host. It is in RV(report) anyway.
    type: bool
    default: false
  record:
    description:
      - A folder on the controller in which to save what the host answered. Each host gets a folder with its name in the
        inventory, in which characters that some file systems don't accept are replaced.
      - The recording is written completely or not at all, replaces the host's previous recording in the same place, and
        is readable only by the user who runs Ansible. Everything is recorded, whichever O(checks) are reported.
      - A relative path is relative to the playbook, as everywhere in Ansible.
      - The task records in check mode as well, and reports no change, because it changes nothing on the host.
      - With O(replay), that recording is copied instead, and redacted unless O(redact=false).
    type: path
    version_added: 0.1.0
  redact:
    description:
      - Replace the names in what O(record) saves by placeholders, so that it can be passed on. Host names, users,
        domains, SIDs of computers and domains, IP addresses, certificates, GUIDs, and every text that is not part of
        Windows are replaced; the diagnosis stays the same. See C(docs/recordings.md).
      - If the names can't be removed from an output with certainty, it is left out, and listed in RV(recording).
      - The folder itself keeps the host's name in the inventory.
    type: bool
    default: true
    version_added: 0.1.0
  replay:
    description:
      - Diagnose a recording on the controller instead of the host, as of the time at which it was made. No connection is
        made, so the task can also run for V(localhost).
      - Either the folder of a recording, or the folder that was given to O(record), which is searched for the recording
        of the task's host.
      - O(listener) and O(port) are those of the recording, unless the task sets them.
      - A check is V(unknown) if the recording lacks what it needs, because an older version made it.
    type: path
    version_added: 0.1.0
  verify_from_controller:
    description:
      - Whether a host is healthy only if Remote Desktop answers the controller. If nothing comes back, V(reach) is then
        V(unknown) instead of V(warning), whatever the reason. Use it to verify that a repair helped.
      - Through a proxy or a jump host nothing can be verified either way, so V(reach) stays V(skipped).
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: The host is examined, and O(record) written, with and without check mode.
  diff_mode:
    support: none
    details: Nothing is changed.
seealso:
  - module: winops.rdp.rdp_reach_info
  - module: winops.rdp.rdp_report
  - module: winops.rdp.rdp_protocol
  - module: winops.rdp.rdp_policy
  - module: winops.rdp.rdp_service
  - module: winops.rdp.rdp_listener
  - module: winops.rdp.rdp_cert
  - module: winops.rdp.rdp_machine_keys
  - module: winops.rdp.rdp_port
  - module: winops.rdp.rdp_firewall
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Diagnose the host
  winops.rdp.rdp_info:
  register: diagnosis

- name: Show what to do next
  ansible.builtin.debug:
    msg: "{{ diagnosis.next_step }}"
  when: not diagnosis.healthy

- name: Stop the deployment unless people can get in
  winops.rdp.rdp_info:
    fail_on: problem

- name: Check only the services, without printing a report
  winops.rdp.rdp_info:
    checks: [service]
    quiet: true

- name: Diagnose hosts whose clients use another port
  winops.rdp.rdp_info:
    port: 3390

- name: Record the hosts, without names
  winops.rdp.rdp_info:
    record: recordings

- name: Diagnose the recordings, without the hosts
  winops.rdp.rdp_info:
    replay: recordings
"""

RETURN = r"""
healthy:
  description:
    - Whether people can get in, as far as the host itself and the controller can tell. V(false) also if a check is
      V(unknown).
  returned: success
  type: bool
  sample: false
expect:
  description: The intended state of the host, as in O(expect).
  returned: when the host could be examined
  type: str
  sample: enabled
root_cause:
  description: The finding that explains the others, with the contents of RV(findings). V(null) without a problem.
  returned: success
  type: dict
  sample: {check: service, status: problem, summary: TermService is stopped.}
next_step:
  description: What to do next, as a module's name or a sentence.
  returned: success
  type: str
  sample: winops.rdp.rdp_service
findings:
  description: One finding for each check, in the order of the article.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: Name of the check.
      type: str
      returned: always
      sample: service
    status:
      description:
        - V(ok), V(warning) (it works, and Microsoft advises against it), V(problem) (it keeps people out),
          V(unknown) (it could not be determined) or V(skipped) (not checked, and the summary says why).
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
facts:
  description: What is known about the host in addition to the findings. What could not be read is V(null).
  returned: success
  type: dict
  contains:
    windows:
      description: Version, build, edition, installation type, and the folder of Windows.
      type: dict
      returned: always
      sample:
        version: 10.0.20348.2113
        build: 20348
        edition: ServerStandard
        installation_type: Server
        system_root: C:\Windows
    listener:
      description:
        - The listener, with its port, its security settings as numbers, its whole C(key) by sub-key and value
          (bytes as hexadecimal digits), and the names of the others.
      type: dict
      returned: always
      sample: {name: RDP-Tcp, exists: true, port: 3389, security_layer: 2, user_authentication: 1, key: {}, others: []}
    port:
      description:
        - The listener's port, the process that listens on each address, and whether Windows reserves the port, as in
          RV(winops.rdp.rdp_port#module:port).
      type: dict
      returned: always
      sample:
        number: 3389
        owners:
          - {protocol: TCP, address: 0.0.0.0, pid: 1204, image: svchost.exe, services: [TermService], term_service: true}
        excluded: false
    services:
      description: State (V(1) is stopped, V(4) is running), process and start type (V(4) is disabled) of each service.
      type: dict
      returned: always
      sample: {TermService: {state: 4, pid: 1204, start_type: 3}}
    certificate:
      description: The certificate in use, as in RV(winops.rdp.rdp_cert#module:certificate).
      type: dict
      returned: always
      sample: {kind: self_signed, thumbprint: 0123456789ABCDEF0123456789ABCDEF01234567, present: true}
    policies:
      description: The policies that control Remote Desktop, with the source of each. Empty if there is none.
      type: list
      elements: dict
      returned: always
      contains:
        id:
          description: Its name in these results.
          type: str
          returned: always
          sample: allow_connections
        title:
          description: Its display name in English.
          type: str
          returned: always
          sample: Allow users to connect remotely by using Remote Desktop Services
        key:
          description: The registry key of its value.
          type: str
          returned: always
          sample: HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services
        name:
          description: The name of the value.
          type: str
          returned: always
          sample: fDenyTSConnections
        value:
          description: Its value.
          type: raw
          returned: always
          sample: 1
        meaning:
          description: What the value means.
          type: str
          returned: always
          sample: connections are denied
        keeps_out:
          description: Whether it keeps everyone out.
          type: bool
          returned: always
          sample: true
        source:
          description:
            - What set it, as RV(winops.rdp.rdp_policy#module:source) describes.
          type: dict
          returned: always
          sample: {kind: domain, name: Block RDP, guid: '{8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63}', link: corp.example/Servers}
    rights:
      description:
        - The user rights "Allow log on through Remote Desktop Services" and "Deny log on through Remote Desktop
          Services" as policies assign them, from the report of C(gpresult). V(null) if it was not run, see O(rights),
          or Windows has no such data. If no policy assigns a right, the host's own assignment applies, which is not shown.
      type: list
      elements: dict
      returned: always
      contains:
        id:
          description: Its name in these results.
          type: str
          returned: always
          sample: allow_log_on
        title:
          description: Its display name in English.
          type: str
          returned: always
          sample: Allow log on through Remote Desktop Services
        name:
          description: Its name for programs.
          type: str
          returned: always
          sample: SeRemoteInteractiveLogonRight
        source:
          description:
            - Which GPO assigns it, as RV(winops.rdp.rdp_policy#module:source) describes. Its C(value) is who has it.
          type: dict
          returned: always
          sample: {kind: domain, name: Servers, value: ['CORP\RDP Users']}
    firewall:
      description:
        - The active profiles of the Windows Firewall, and what it does with the listener's port in each of them, over TCP
          and UDP. It is V(open), V(limited) (open for some clients), V(blocked) or V(off) (the firewall is off).
        - Each answer comes with what decides it, a rule by its id or a setting by its registry key.
      type: dict
      returned: always
      sample:
        active_profiles: [domain]
        port: 3389
        tcp: {domain: {answer: open, causes: [{text: the rule RemoteDesktop-UserMode-In-TCP, place: HKLM\SYSTEM, rule: RemoteDesktop-UserMode-In-TCP}]}}
        udp: {domain: {answer: open, causes: []}}
    sessions:
      description: The names of all running listeners, and how many people are connected.
      type: dict
      returned: always
      sample: {listeners: [rdp-tcp], connected: 2}
    reach:
      description:
        - What the controller saw, as an entry of RV(winops.rdp.rdp_reach_info#module:targets). V(null) when the check
          V(reach) was not asked for, and its outcome V(not_tried) where it would prove nothing.
      type: dict
      returned: always
      sample: {host: web03, port: 3389, outcome: rdp}
outputs:
  description: The output of each command, by its command line.
  returned: when O(outputs=true)
  type: dict
  sample: {qwinsta: ' SESSIONNAME  USERNAME  ID  STATE'}
time:
  description: When the host was examined, by the clock of the controller, in UTC.
  returned: success
  type: str
  sample: '2026-02-28T09:30:00Z'
recording:
  description: The recording that was written or read.
  returned: with O(record) or O(replay)
  type: dict
  contains:
    folder:
      description: Where it is on the controller.
      type: str
      returned: always
      sample: /home/maria/recordings/web03
    host:
      description: What the recorded host is called in it.
      type: str
      returned: always
      sample: host1
    time:
      description: When the host was recorded, UTC.
      type: str
      returned: always
      sample: "2026-01-31T12:00:00Z"
    redacted:
      description: Whether names were replaced.
      type: bool
      returned: always
      sample: true
    made_by:
      description: What recorded it.
      type: str
      returned: always
      sample: winops.rdp 0.1.0
    left_out:
      description: The commands whose output is not in it.
      type: list
      elements: str
      returned: always
      sample: []
report:
  description: The findings as text for people.
  returned: success
  type: str
  sample: |-
    RDP on web03 (Server 2022, build 20348)
    [XX] service: TermService is stopped.
"""
