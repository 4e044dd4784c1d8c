#!/usr/bin/python
# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A real module, unlike the others of this collection: it runs on the host that scans the targets.

DOCUMENTATION = r"""
module: rdp_reach_info
short_description: Test from outside whether Remote Desktop answers
version_added: 0.1.0
description:
  - Tests any number of targets at once from the host it runs on, and says for each whether Remote Desktop answers, or
    what prevents it.
  - It does not stop at the TCP connection, as C(psping) and C(Test-NetConnection) do. It begins the handshake of
    Remote Desktop and TLS, so that a hanging service, a missing certificate or another program on the port can be told
    from a working Remote Desktop.
  - From a Windows host it does stop there, because it uses Windows' own tools. The outcome is then V(open), never
    V(rdp).
  - It does not sign in, sends no secret and never changes anything.
  - The task succeeds even if a target can't be reached. Use RV(reachable) to act on that.
options:
  targets:
    description:
      - Each entry is a DNS name, an IPv4 address or an IPv6 address, optionally with a port as in
        V(web03:3390) or V([2001:db8::3]:3390), or a dictionary with C(host) and C(port).
      - All addresses of a name are tried, as clients do. The first that answers counts.
      - From a Windows host, a zone as in V(fe80::1%2) is not allowed.
    type: list
    elements: raw
    required: true
  port:
    description: The TCP port of targets that name none, V(1) to V(65535).
    type: int
    default: 3389
  timeout:
    description:
      - Seconds that one try may take from name resolution to the end of TLS, at most V(600).
      - Below V(3.1) a host that is absent from the network of its router can't be told from a firewall that drops
        packets.
    type: float
    default: 5
  tries:
    description:
      - How often to try each target, V(1) to V(100), one try after another. The best one counts.
      - With several tries RV(targets[].loss_percent) says more. C(psping) makes V(4).
    type: int
    default: 1
  max_parallel:
    description:
      - How many targets to try at the same time, V(1) to V(20000). A Windows host tries V(300) at most, and one after
        the other if its curl.exe is missing or older than 7.75.
      - Lower it if a firewall or a small router on the way to the targets mistakes many connections at once for an
        attack.
    type: int
    default: 1000
requirements:
  - Python on the host that runs it, with the standard library alone. Windows hosts need none.
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and changes nothing.
    details: Does the same, because it never changes anything.
  diff_mode:
    support: none
    description: Shows the state before and after.
    details: Nothing is changed.
  async:
    support: partial
    description: Can be used with the C(async) keyword.
    details: Not on a Windows host.
  idempotent:
    support: full
    description: A second run on an unchanged host changes nothing.
  platform:
    support: full
    platforms: posix, windows
    description: What the module works on.
    details: The targets are Windows hosts. This is about the host that runs the module.
notes:
  - Runs on the host of the task. C(delegate_to=localhost) tests from the controller, and a play over several hosts
    tests from each of them. P(winops.rdp.reach_matrix#filter) puts the results together.
  - A Windows host uses C(curl.exe), which Windows has since Windows 10 1803 and Server 2019. It connects and sends
    nothing. If curl.exe is missing, C(Test-NetConnection) tries one target after the other, and waits about 21 seconds
    for each that does not answer, whatever O(timeout) says.
  - To test from a Windows host, use the connection C(winrm), C(psrp), or C(ssh) with C(ansible_shell_type=cmd) or
    C(powershell). C(become) is not possible there.
  - Which device refused a connection (RV(targets[].reported_by)) and how many packets were lost on the way
    (RV(targets[].tries[].retransmits)) is only known on Linux.
  - On a target with Network Level Authentication a second connection is made, to find out whether it is required.
seealso:
  - module: winops.rdp.rdp_info
  - plugin: winops.rdp.reach_matrix
    plugin_type: filter
  - name: Check whether a firewall is blocking the RDP port
    description: The section of Microsoft's article that this module automates.
    link: https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting#check-whether-a-firewall-is-blocking-the-rdp-port
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Test the host of the play from the controller
  winops.rdp.rdp_reach_info:
    targets: ["{{ ansible_host | default(inventory_hostname) }}"]
  delegate_to: localhost
  register: outside

- name: Stop unless people get in
  ansible.builtin.assert:
    that: outside.reachable
    fail_msg: "{{ outside.targets | map(attribute='summary') | join('\n') }}"

- name: Test the whole farm from every jump host
  winops.rdp.rdp_reach_info:
    targets: "{{ groups['windows'] }}"
    tries: 4
    timeout: 3
  register: reach

- name: Test from a Windows host, which needs nothing but its own tools
  winops.rdp.rdp_reach_info:
    targets: [web01, web02]
  delegate_to: "{{ groups['windows'] | first }}"
  register: from_windows

- name: Test hosts of which some listen on another port
  winops.rdp.rdp_reach_info:
    targets:
      - web01
      - web02:3390
      - {host: "2001:db8::3", port: 3390}

- name: Wait until Remote Desktop is back after a reboot
  winops.rdp.rdp_reach_info:
    targets: [web01]
  delegate_to: localhost
  register: back
  until: back.reachable
  retries: 30
  delay: 10
"""

RETURN = r"""
reachable:
  description:
    - Whether Remote Desktop answers on every target. From a Windows host, whether every port takes connections.
  returned: success
  type: bool
  sample: false
outcomes:
  description: How many targets have each outcome. Outcomes that no target has are left out.
  returned: success
  type: dict
  sample: {rdp: 1, timeout: 1}
targets:
  description: One entry for each target, in the order of O(targets).
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The target as it was given.
      type: str
      returned: always
      sample: web03
    port:
      description: Its TCP port.
      type: int
      returned: always
      sample: 3389
    address:
      description:
        - The address that answered. If none did, the one whose failure says most. V(null) without any.
      type: str
      returned: always
      sample: 192.0.2.13
    outcome:
      description:
        - V(rdp) - Remote Desktop answers.
        - V(open) - the port takes connections. Only a Windows host says so, which can't tell whether Remote Desktop
          answers there.
        - V(no_certificate) - Remote Desktop answers and has no usable certificate, so no one gets in.
        - V(tls_failed) - Remote Desktop answers and breaks TLS off. Either there is no version or cipher of TLS in
          common, or it can't read the private key of its certificate. The host's log tells which it is.
        - V(not_rdp) - another program answers.
        - V(no_answer) - the connection is accepted, and then nothing is said, or not all.
        - V(reset) - the connection is accepted and broken off.
        - V(refused) - nothing listens on the port and no Windows Firewall hides that, or something on the way rejects
          the connection.
        - V(prohibited) - a firewall or router refuses the connection and says so, or a rule on the host that runs the module.
        - V(timeout) - nothing comes back. Nothing listens on the port, which a Windows with its firewall on does not
          tell, or something drops the packets, or the host is down.
        - V(unreachable) - there is no route to the network or to the host.
        - V(name) - the name can't be resolved.
        - V(no_connection) - there is no connection. Only a Windows host says so, if it does not say whether it is
          refused, dropped, or has no route.
        - V(unknown) - the test itself failed, which says nothing about the target.
      type: str
      returned: always
      sample: rdp
    summary:
      description: The outcome as a sentence.
      type: str
      returned: always
      sample: Remote Desktop answers on web03:3389 and requires Network Level Authentication.
    error:
      description: The reason in the words of the system, of OpenSSL or of curl.
      type: str
      returned: always
      sample: No route to host
    reported_by:
      description: The device that refused the connection with an ICMP message. V(null) if none did or it isn't known.
      type: str
      returned: always
      sample: 192.0.2.1
    greeting:
      description: The beginning of what another program said.
      type: str
      returned: always
      sample: SSH-2.0-OpenSSH_9.5
    rdp:
      description: What Remote Desktop answered. V(null) if it did not.
      type: dict
      returned: always
      contains:
        selected_protocol:
          description:
            - V(hybrid) and V(hybrid_ex) are Network Level Authentication, V(ssl) is TLS without it, V(rdp) is the old
              security. V(null) if it refused what was offered.
          type: str
          returned: always
          sample: hybrid_ex
        requires_nla:
          description: Whether it refuses clients without Network Level Authentication. V(null) if it didn't say.
          type: bool
          returned: always
          sample: true
        flags:
          description: What it says it can do.
          type: list
          elements: str
          returned: always
          sample: [extended_client_data, graphics_pipeline, restricted_admin]
        failure_code:
          description: Why it refused, as a number of MS-RDPBCGR. V(3) means that it has no certificate.
          type: int
          returned: always
          sample: 3
        failure:
          description: The name of that number.
          type: str
          returned: always
          sample: SSL_CERT_NOT_ON_SERVER
    certificate:
      description: The certificate it showed. V(null) if it showed none. It is not verified.
      type: dict
      returned: always
      contains:
        subject:
          description: The name in it.
          type: str
          returned: always
          sample: CN=web03.example.com
        issuer:
          description: Who issued it.
          type: str
          returned: always
          sample: CN=web03.example.com
        sha1:
          description: The thumbprint, as Windows shows it.
          type: str
          returned: always
          sample: 1B2F0CE9D4C2A3F5B6079A8E7D6C5B4A39281706
        sha256:
          description: The thumbprint with SHA-256.
          type: str
          returned: always
          sample: 5F0C2C8A8C9E0A1B2D3E4F5061728394A5B6C7D8E9FA0B1C2D3E4F5061728394
        not_before:
          description: From when it is valid, UTC.
          type: str
          returned: always
          sample: '2026-05-01T08:00:00Z'
        not_after:
          description: Until when it is valid, UTC.
          type: str
          returned: always
          sample: '2026-10-31T08:00:00Z'
        expired:
          description: Whether that is over, by the clock of the host that runs the module.
          type: bool
          returned: always
          sample: false
        self_signed:
          description: Whether it names itself as its issuer.
          type: bool
          returned: always
          sample: true
        tls_version:
          description: The version of TLS that was agreed on.
          type: str
          returned: always
          sample: TLSv1.3
    ntlm:
      description:
        - What the target says about itself before anyone signs in, with Network Level Authentication. V(null) if it
          says nothing. What it leaves out is V(null).
      type: dict
      returned: always
      contains:
        netbios_host:
          description: NetBIOS name of the host.
          type: str
          returned: always
          sample: WEB03
        netbios_domain:
          description: NetBIOS name of its domain.
          type: str
          returned: always
          sample: EXAMPLE
        dns_host:
          description: DNS name of the host.
          type: str
          returned: always
          sample: web03.example.com
        dns_domain:
          description: DNS name of its domain.
          type: str
          returned: always
          sample: example.com
        dns_forest:
          description: DNS name of its forest.
          type: str
          returned: always
          sample: example.com
        version:
          description: Version of Windows.
          type: str
          returned: always
          sample: 10.0.20348
        build:
          description: Build of Windows.
          type: int
          returned: always
          sample: 20348
        time:
          description: Its clock, UTC.
          type: str
          returned: always
          sample: '2026-08-01T12:00:00Z'
        ahead_seconds:
          description:
            - How far its clock is ahead of the clock of the host that runs the module. Kerberos refuses people at 300.
          type: int
          returned: always
          sample: 0
    failed_addresses:
      description:
        - Addresses of the name that did not answer, each with C(address), C(outcome) and C(error). Of several ones a
          Windows host knows the last.
      type: list
      elements: dict
      returned: always
      sample: [{address: '2001:db8::3', outcome: unreachable, error: Network is unreachable}]
    loss_percent:
      description: The share of the tries without a TCP connection, as C(psping) counts.
      type: float
      returned: always
      sample: 25.0
    tries:
      description: Each try. Times are in milliseconds and count the network alone. V(null) for a stage not finished.
      type: list
      elements: dict
      returned: always
      contains:
        outcome:
          description: The outcome of this try.
          type: str
          returned: always
          sample: rdp
        address:
          description: The address of this try.
          type: str
          returned: always
          sample: 192.0.2.13
        error:
          description: The reason in the words of the system or of OpenSSL.
          type: str
          returned: always
          sample: null
        connect_ms:
          description: Until the TCP connection was there.
          type: float
          returned: always
          sample: 0.84
        negotiate_ms:
          description: From there until Remote Desktop had answered.
          type: float
          returned: always
          sample: 2.31
        tls_ms:
          description: From there until TLS was set up.
          type: float
          returned: always
          sample: 6.9
        retransmits:
          description: How many packets were lost and sent again while connecting. Each costs a second or more.
          type: int
          returned: always
          sample: 0
client:
  description:
    - What the article asks for on the client, for completeness. A client needs none of it.
  returned: from a Windows host
  type: dict
  contains:
    services:
      description:
        - The state of C(TermService) and C(UmRdpService), such as V(running), V(stopped) or V(missing). V(null) if it
          could not be read.
      type: dict
      returned: always
      sample: {TermService: running, UmRdpService: stopped}
    note:
      description: Why that is no problem.
      type: str
      returned: always
      sample: A client needs neither of them.
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.rdp_errors import ScanOptionError
from ..module_utils.rdp_result import scan_result
from ..module_utils.rdp_scan import files_for, scan_targets
from ..module_utils.rdp_targets import ARGUMENTS, read_options


def main() -> None:
    """Scan the targets and return their outcomes."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        options = read_options(module.params)
    except ScanOptionError as error:
        module.fail_json(msg=str(error))
    parallel = min(options.max_parallel, len(options.targets))
    allowed = files_for(parallel)
    if allowed < parallel:
        module.warn(
            f"This host allows so few open files that {allowed} targets are scanned at the same time, not {parallel}."
        )
    module.exit_json(**scan_result(scan_targets(options.targets, options.timeout, options.tries, allowed)))


if __name__ == "__main__":
    main()
