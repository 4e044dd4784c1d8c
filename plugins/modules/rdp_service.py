# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_service
short_description: Keep the Remote Desktop services running
version_added: 0.1.0
description:
  - Starts C(TermService), which answers the clients, and then C(UmRdpService), which redirects their devices.
  - The repair succeeds if C(TermService) runs. If C(UmRdpService) does not start, RV(finding) is a warning with the
    reason, and C(TermService) keeps running.
  - A disabled service is set to Manual, Windows' own default. Every other start type stays as it is. So does that of a
    service which a GPO disables (System Services in its security settings); the GPO is named.
  - If C(SessionEnv), which creates the listener's certificate, is disabled, it is made startable.
  - If a service that C(TermService) depends on can't start, or if its program or account is not Windows' own and it has
    failed to start, nothing is changed and the task fails with the reason.
  - Never stops or restarts a running service, so no one is disconnected.
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.timeout
options:
  enable:
    description:
      - The services that may be set to Manual if they are disabled. Hardening guides such as the CIS benchmarks
        disable C(UmRdpService) and C(SessionEnv).
    type: list
    elements: str
    choices: [TermService, UmRdpService, SessionEnv]
    default: [TermService, UmRdpService, SessionEnv]
  wait:
    description: How long to wait for a service that is starting or stopping, in seconds, V(0) to V(3600).
    type: int
    default: 60
seealso:
  - module: winops.rdp.rdp_info
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Start the Remote Desktop services
  winops.rdp.rdp_service:

- name: Give slow hosts more time
  winops.rdp.rdp_service:
    wait: 180
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
  sample: {TermService: stopped}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {TermService: running}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-service-3fa9"
    - net start TermService
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-service-3fa9
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
