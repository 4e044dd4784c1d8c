# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_port
short_description: Take Remote Desktop to a port, without locking anybody out
version_added: 0.1.0
description:
  - Keeps the listener on a TCP port, with TermService as the only program that listens there.
  - A change goes in this order. The port is opened in the host's firewall, and the host is looked at again. Only then
    is C(PortNumber) set and TermService restarted, or started if it is stopped. Its process has to listen on the port,
    and Remote Desktop has to answer this computer there. After that proof the rule that this collection made for the
    old port is removed.
  - If any of that fails, everything is put back, TermService is restarted on the old port or stopped again if it was
    stopped, and the task fails.
  - Refuses, before anything is changed, a port that another program holds, that Windows keeps from programs (excluded
    port ranges), that another listener uses, or that a group policy keeps closed in the firewall. It also refuses on a
    host on which Remote Desktop could not answer on any port.
  - Who holds a port is told by the number of the process, never by its name. The program is named with its services,
    and with whether it would come back. Nothing is uninstalled and no process is killed.
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
      - Microsoft does not recommend another than V(3389), so with any other the task warns. It also warns at ports
        that Windows may give to other programs.
    type: int
    default: 3389
  listener:
    description: The listener, as its key below C(WinStations) is called.
    type: str
    default: RDP-Tcp
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
  on_conflict:
    description:
      - What to do about another program that holds the port.
      - V(report) - fail, and name it.
      - V(stop_service) - stop the service that O(service) names, and nothing else. It is started again if the repair
        does not hold. How it starts is not changed, and the task warns when it would be back after the next start of
        Windows.
    type: str
    choices: [report, stop_service]
    default: report
  service:
    description:
      - The name of the one service that may be stopped, with O(on_conflict=stop_service).
      - It is refused if it does not hold the port, if its process hosts other services as well, if other services that
        run depend on it, or if Windows or the access to the host needs it.
    type: str
  verify_from_controller:
    description:
      - Whether Remote Desktop has to answer this computer at the new port, at the address that Ansible connects to.
        Nobody is signed in for that, and no secret is sent.
      - If it does not answer, everything is put back, also when the host itself finds nothing wrong. Something on the
        way may keep the port closed, and then your clients can't get in either.
      - With V(false) the host's own word is enough - TermService listens, and the firewall lets people in. Use it where
        this computer can't reach the clients' port. A connection through a jump host of ssh or through a proxy is
        refused without it, because the address means nothing here. What stands in ssh's own configuration files, and
        proxies that environment variables name, are not seen.
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
- name: Remote Desktop is on its own port, and answers there
  winops.rdp.rdp_port:

- name: It is on another one
  winops.rdp.rdp_port:
    port: 3390

- name: A web server that took the port may be stopped
  winops.rdp.rdp_port:
    on_conflict: stop_service
    service: Apache2.4

- name: This computer can't reach the clients' network
  winops.rdp.rdp_port:
    port: 3390
    verify_from_controller: false
"""

RETURN = r"""
port:
  description: Who listens on the wanted port, after the repair. V(null) when the open sockets could not be read.
  returned: when the host could be looked at
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
          description: Its program. V(null) if it has ended meanwhile.
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
      description: Whether Windows keeps the TCP port from programs. V(null) if that could not be read.
      type: bool
      returned: always
      sample: false
verification:
  description:
    - What Remote Desktop answered this computer after the change. V(null) when it was not asked - nothing was changed,
      in check mode, with O(disconnect=never), and with O(verify_from_controller=false).
  returned: when the host could be looked at
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
  sample: {PortNumber: 3389}
after:
  description: The same as it is after the repair, or in check mode as it would be.
  returned: when the host could be looked at
  type: dict
  sample: {PortNumber: 3390}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-port-3fa9"
    - net stop TermService
backup:
  description: The folder on the host with what was saved and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be looked at
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-port-3fa9
backup_copy:
  description: The folder on the controller with a copy of it. V(null) without O(backup_copy), and in check mode.
  returned: when the host could be looked at
  type: str
  sample: /srv/rdp-backups/web03/0001-listener-3fa9
restarted:
  description: Whether TermService was restarted, which disconnects everybody.
  returned: when the host could be looked at
  type: bool
  sample: true
"""
