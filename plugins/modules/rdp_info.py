# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_info
short_description: Find out why nobody gets in by Remote Desktop
version_added: 0.1.0
description:
  - Looks at everything on a Windows host that decides whether Remote Desktop works, in one task, and judges
    it in the order of Microsoft's article.
  - Names the cause, what to do about it, and the commands that show it.
  - Never changes anything on the host. A sick host is a successful diagnosis, unless O(fail_on) says otherwise.
  - Can save what the host answered as a folder on the controller, and diagnose such a folder later, on any machine,
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
      - V(policy) - no policy keeps people out. Who set it is found out on the host, without asking the domain - the
        local GPO, one of the domain with its name, GUID and link, MDM, or nobody.
      - V(service) - the Remote Desktop services are running.
      - V(listener) - the listener is there and listens. It is judged only when V(protocol) and V(service) are ok. Of one
        that listens, programs, libraries and protocols that are not Windows' own, shadowing without asking and
        C(SecurityLayer) 0 are a warning.
      - V(cert) - the listener has a valid certificate. V(unknown) when the host's clock and the controller's are more
        than a day apart, and that decides.
      - V(machine_keys) - the certificate's key can be made and read. V(skipped) when an administrator may not see the
        rights on its file and no handshake shows whether it is read.
      - V(port) - the listener uses the expected port.
      - V(port_conflict) - no other program uses that port.
      - V(firewall) - the Windows Firewall lets Remote Desktop in.
      - V(reach) - Remote Desktop answers from outside. The handshake is begun from the controller, where this module
        runs, with the address of the task's connection and without signing in. V(skipped) when the connection goes
        through a proxy or a jump host. V(warning) when nothing comes back, because then the host or the network in
        between can be the reason; the other checks say whether it is the host. See O(verify_from_controller).
    type: list
    elements: str
    choices: [protocol, policy, service, listener, cert, machine_keys, port, port_conflict, firewall, reach]
  expect:
    description:
      - What Remote Desktop is meant to be on this host.
      - V(enabled) - on, as in the article. Off is a problem.
      - V(any) - off is fine as well. Then nothing else of the host is judged, and RV(healthy) is V(true).
      - V(disabled) - off. On is a problem, and nothing else of the host is judged.
      - A host is off as well where C(TermService) is disabled or not installed.
    type: str
    choices: [enabled, disabled, any]
    default: enabled
  fail_on:
    description:
      - The mildest status that makes the task fail, for those who gate on it.
      - V(unknown) includes V(problem), and V(warning) includes both.
    type: str
    choices: [never, problem, unknown, warning]
    default: never
  outputs:
    description:
      - Return what the commands printed, too, so that M(winops.rdp.rdp_report) can show it. That is some 50 KB for each
        host, with the names of users and programs in it.
    type: bool
    default: false
  rights:
    description:
      - Find out who may log on through Remote Desktop by policy, RV(facts.rights). C(gpresult) is run on the host for that,
        which takes some seconds.
      - Without it, that is known only of hosts where a policy keeps people out.
    type: bool
    default: false
  quiet:
    description: Don't print the report of the host. It is in RV(report) anyway.
    type: bool
    default: false
  record:
    description:
      - A folder on the controller in which to save what the host answered, in a folder of its own with the host's name
        in the inventory. Characters that not every file system takes are replaced there.
      - It is written whole or not at all, replaces the host's last recording in the same place, and can be read only by
        the user who runs Ansible. Everything is recorded, whichever O(checks) are reported.
      - A path that is not absolute is relative to the playbook, like everywhere in Ansible.
      - The task does the same in check mode, and reports no change, because it changes nothing on the host.
      - With O(replay), the recording is copied instead, and redacted on the way unless O(redact=false).
    type: path
    version_added: 0.1.0
  redact:
    description:
      - Replace the names in what O(record) saves by placeholders, so that it can be given to somebody else. Host names,
        users, domains, SIDs of computers and domains, IP addresses, certificates, GUIDs, and every text that Windows
        didn't bring along are replaced; the diagnosis stays the same. See C(docs/recordings.md).
      - An output from which names can't be taken out for certain is left out, and named in RV(recording).
      - The folder itself keeps the host's name in the inventory.
    type: bool
    default: true
    version_added: 0.1.0
  replay:
    description:
      - Diagnose a recording on the controller instead of the host, by the time at which it was made. Nothing is
        connected to, so the task can run for V(localhost) as well.
      - Either the folder of a recording, or the folder that was given to O(record), in which the recording of the
        task's host is looked for.
      - O(listener) and O(port) are those of the recording, unless the task says something else.
      - What a check needs and the recording doesn't hold, because an older version made it, makes that check
        V(unknown).
    type: path
    version_added: 0.1.0
  verify_from_controller:
    description:
      - Whether a host is healthy only if Remote Desktop answers the controller. If nothing comes back, V(reach) is
        V(unknown) then, not V(warning), whatever the reason. Use it to prove that a repair helped.
      - A connection that goes through a proxy or a jump host proves nothing either way, so V(reach) stays V(skipped).
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: The host is looked at, and O(record) written, with and without check mode.
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
- name: Look at everything
  winops.rdp.rdp_info:
  register: diagnosis

- name: Say what to do now
  ansible.builtin.debug:
    msg: "{{ diagnosis.next_step }}"
  when: not diagnosis.healthy

- name: Stop the deployment unless people can get in
  winops.rdp.rdp_info:
    fail_on: problem

- name: Look at the services alone, without printing
  winops.rdp.rdp_info:
    checks: [service]
    quiet: true

- name: Our clients use another port
  winops.rdp.rdp_info:
    port: 3390

- name: Save what the hosts answer, without names
  winops.rdp.rdp_info:
    record: recordings

- name: Diagnose what was saved, without the hosts
  winops.rdp.rdp_info:
    replay: recordings
"""

RETURN = r"""
healthy:
  description:
    - Whether people can get in, as far as the host itself and the controller can tell. V(false) also when a check could
      not be judged.
  returned: success
  type: bool
  sample: false
expect:
  description: What the host is meant to be, as in O(expect).
  returned: when the host could be looked at
  type: str
  sample: enabled
root_cause:
  description: The finding that explains the others, with the contents of RV(findings). V(null) without a problem.
  returned: success
  type: dict
  sample: {check: service, status: problem, summary: TermService is stopped.}
next_step:
  description: What to do now, as a module's name or a sentence.
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
          V(unknown) (it could not be judged) or V(skipped) (not judged, and the summary says why).
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
facts:
  description: What was seen beside the judgements. What could not be read is V(null).
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
        - The judged listener, with its port, its security settings as numbers, its whole C(key) by sub-key and value
          (bytes as hexadecimal digits), and the names of the others.
      type: dict
      returned: always
      sample: {name: RDP-Tcp, exists: true, port: 3389, security_layer: 2, user_authentication: 1, key: {}, others: []}
    port:
      description:
        - The listener's port, who listens there address by address, and whether Windows keeps it from programs, as in
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
      description: The policies that decide over Remote Desktop, with who set each. Empty without any.
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
          description: What is there.
          type: raw
          returned: always
          sample: 1
        meaning:
          description: What that means.
          type: str
          returned: always
          sample: connections are denied
        keeps_out:
          description: Whether it keeps everybody out.
          type: bool
          returned: always
          sample: true
        source:
          description:
            - Who set it, as RV(winops.rdp.rdp_policy#module:source) describes.
          type: dict
          returned: always
          sample: {kind: domain, name: Block RDP, guid: '{8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63}', link: corp.example/Servers}
    rights:
      description:
        - The user rights "Allow log on through Remote Desktop Services" and "Deny log on through Remote Desktop
          Services" as policies assign them, from the report of C(gpresult). V(null) where it was not run, see O(rights),
          or Windows keeps no such data. No right assigned by a policy says nothing about who has it on the host itself.
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
  description: What each command printed, by the line that was run.
  returned: when O(outputs=true)
  type: dict
  sample: {qwinsta: ' SESSIONNAME  USERNAME  ID  STATE'}
time:
  description: When the host was looked at, by the clock of the controller, in UTC.
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
