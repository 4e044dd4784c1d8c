# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_port
short_description: Move Remote Desktop to a port, without locking anyone out
version_added: 0.1.0
description:
  - Keeps the listener on a TCP port, with TermService as the only program that listens there.
  - A change is made in this order. The port is opened in the host's firewall, and the host is examined again. Only then
    is C(PortNumber) set and TermService restarted, or started if it is stopped. Its process has to listen on the port,
    and Remote Desktop has to answer the controller there. Once that is verified, the rule that this collection added for
    the old port is removed.
  - If any of these steps fails, everything is undone, TermService is restarted on the old port or stopped again if it
    was stopped, and the task fails.
  - Refuses, before anything is changed, a port that another program holds, that Windows reserves (excluded port ranges),
    that another listener uses, or that a group policy keeps closed in the firewall. It also refuses if Remote Desktop
    could not answer on any port of the host.
  - The program that holds a port is identified by its process number, never by its name. It is reported with its
    services, and with whether it would come back. Nothing is uninstalled and no process is killed.
  - Windows' own firewall rules stay as they are.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.disconnect
  - winops.rdp.rdp.timeout
options:
  port:
    description:
      - The TCP port, V(1) to V(65535).
      - Microsoft recommends against any port but V(3389), so with another one the task warns. It also warns about ports
        that Windows may assign to other programs.
    type: int
    default: 3389
  listener:
    description: The listener, by the name of its key below C(WinStations).
    type: str
    default: RDP-Tcp
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
  on_conflict:
    description:
      - What to do if another program holds the port.
      - V(report) - fail, and name it.
      - V(stop_service) - stop the service that O(service) names, and nothing else. It is started again if the repair
        fails. Its start type is not changed, and the task warns if it would start again with Windows.
    type: str
    choices: [report, stop_service]
    default: report
  service:
    description:
      - The name of the only service that may be stopped, with O(on_conflict=stop_service).
      - It is refused if it does not hold the port, if its process hosts other services as well, if other running services
        depend on it, or if Windows or the connection to the host needs it.
    type: str
  verify_from_controller:
    description:
      - Whether Remote Desktop has to answer the controller on the new port, at the address that Ansible connects to. No
        one is signed in, and no secret is sent.
      - If it does not answer, everything is undone, even if the host itself finds nothing wrong. Something on the network
        may block the port, and then your clients can't get in either.
      - With V(false), it is enough that TermService listens and the firewall allows the port, as far as the host can
        tell. Use it if the controller can't reach the clients' port. It is required for a connection through an ssh jump
        host or a proxy, because the address means nothing on the controller then. Settings in ssh's own configuration
        files, and proxies from environment variables, are not detected.
    type: bool
    default: true
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_reach_info
  - name: Change the listening port for Remote Desktop
    description: Microsoft's own steps.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/change-listening-port
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Move Remote Desktop back to its default port
  winops.rdp.rdp_port:

- name: Move it to another port
  winops.rdp.rdp_port:
    port: 3390

- name: Stop the web server that took the port
  winops.rdp.rdp_port:
    on_conflict: stop_service
    service: Apache2.4

- name: Move it where the controller can't reach the clients' network
  winops.rdp.rdp_port:
    port: 3390
    verify_from_controller: false
"""

RETURN = r"""
port:
  description: What listens on the requested port after the repair. V(null) if the open sockets could not be read.
  returned: when the host could be examined
  type: dict
  contains:
    number:
      description: The port.
      type: int
      returned: always
      sample: 3390
    owners:
      description: Each address with the process that listens there.
      type: list
      elements: dict
      returned: always
      contains:
        protocol:
          description: V(TCP) or V(UDP).
          type: str
          returned: always
          sample: TCP
        address:
          description: The local address. V(0.0.0.0) and V([::]) are all of them.
          type: str
          returned: always
          sample: 0.0.0.0
        pid:
          description: The number of the process. V(4) is the kernel, as for web servers that use HTTP.sys.
          type: int
          returned: always
          sample: 1204
        image:
          description: Its program. V(null) if it has ended in the meantime.
          type: str
          returned: always
          sample: svchost.exe
        services:
          description: The services that it hosts.
          type: list
          elements: str
          returned: always
          sample: [TermService]
        term_service:
          description: Whether it is the process of TermService.
          type: bool
          returned: always
          sample: true
    excluded:
      description: Whether Windows reserves the TCP port. V(null) if that could not be read.
      type: bool
      returned: always
      sample: false
verification:
  description:
    - What Remote Desktop answered this computer after the change. V(null) when it was not asked - nothing was changed,
      in check mode, with O(disconnect=never), and with O(verify_from_controller=false).
  returned: when the host could be examined
  type: dict
  contains:
    address:
      description: The host, as Ansible connects to it.
      type: str
      returned: always
      sample: web03.example.com
    port:
      description: The port.
      type: int
      returned: always
      sample: 3390
    outcome:
      description: As in RV(winops.rdp.rdp_reach_info#module:targets[].outcome). Only V(rdp) keeps the new port.
      type: str
      returned: always
      sample: rdp
    summary:
      description: The same as a sentence.
      type: str
      returned: always
      sample: Remote Desktop answers on web03.example.com:3390 and requires Network Level Authentication.
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
  sample: {PortNumber: 3389}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {PortNumber: 3390}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-port-3fa9"
    - net stop TermService
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-port-3fa9
backup_copy:
  description: The folder on the controller with a copy of the backup. V(null) without O(backup_copy), and in check mode.
  returned: when the host could be examined
  type: str
  sample: /srv/rdp-backups/web03/0001-listener-3fa9
restarted:
  description: Whether TermService was restarted, which disconnects everyone.
  returned: when the host could be examined
  type: bool
  sample: true
"""
