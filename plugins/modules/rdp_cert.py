# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin of the same name, which runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_cert
short_description: Renew the listener's self-signed certificate
version_added: 0.1.0
description:
  - Makes sure that the listener has a valid certificate. If the certificate or its private key is missing, if it has
    expired, or with O(state=renewed), the old self-signed one is exported and deleted, the service SessionEnv is
    restarted, which creates a new one, and the module waits for a new thumbprint. TermService is restarted only if none
    appears, as the article says.
  - Deletes only the certificate that C(WinStations) names as self-signed.
  - A certificate that an administrator bound to the listener, one from a policy's template, and one from a
    certification authority are reported and never touched. The same goes for a host on which self-signed certificates
    were forbidden on purpose. The task then changes nothing, and warns.
  - If the host's clock and the controller's are more than a day apart, or SessionEnv is missing or disabled, nothing is
    changed. If SessionEnv can't be started, the certificate stays, TermService is not restarted, and the message says
    why.
  - If no new certificate is created, everything is undone and the task fails. The next step is then
    M(winops.rdp.rdp_machine_keys).
extends_documentation_fragment:
  - winops.rdp.rdp
  - winops.rdp.rdp.repair
  - winops.rdp.rdp.disconnect
  - winops.rdp.rdp.timeout
options:
  state:
    description:
      - V(valid) renews the certificate only if it has to be.
      - V(renewed) always renews it, so it is not idempotent.
    type: str
    choices: [valid, renewed]
    default: valid
  listener:
    description: The listener, by the name of its key below C(WinStations).
    type: str
    default: RDP-Tcp
  verify_from_controller:
    description:
      - Whether the controller verifies the new certificate in a handshake with Remote Desktop, at the address that
        Ansible connects to, without signing in. If Remote Desktop says that it has no usable certificate, or with
        O(state=renewed) aborts TLS, the task fails. The new certificate is kept, because its key has replaced the old
        one.
      - If the controller gets no answer, that says nothing about the certificate.
    type: bool
    default: true
attributes:
  idempotent:
    support: partial
    details: Not with O(state=renewed).
seealso:
  - module: winops.rdp.rdp_info
  - module: winops.rdp.rdp_machine_keys
author:
  - winops.rdp contributors (@winops)
"""

EXAMPLES = r"""
- name: Make sure that the listener has a valid certificate
  winops.rdp.rdp_cert:

- name: Replace the certificate
  winops.rdp.rdp_cert:
    state: renewed
"""

RETURN = r"""
certificate:
  description: The certificate in use after the repair. Unknown values are V(null).
  returned: when the host could be examined
  type: dict
  contains:
    kind:
      description: V(bound) to the listener, of a policy's V(template), or V(self_signed).
      type: str
      returned: always
      sample: self_signed
    thumbprint:
      description: SHA-1, as Windows names the certificate.
      type: str
      returned: always
      sample: 0123456789ABCDEF0123456789ABCDEF01234567
    present:
      description: Whether it is in its certificate store.
      type: bool
      returned: always
      sample: true
    subject:
      description: The subject.
      type: str
      returned: always
      sample: CN=web03
    issuer:
      description: The issuer.
      type: str
      returned: always
      sample: CN=web03
    not_before:
      description: The start of its validity, UTC.
      type: str
      returned: always
      sample: "2026-01-15T08:00:00Z"
    not_after:
      description: The end of its validity, UTC.
      type: str
      returned: always
      sample: "2026-07-16T08:00:00Z"
    container:
      description: The container of its private key. SessionEnv's own are V(TSSecKeySet1) to V(TSSecKeySet9).
      type: str
      returned: always
      sample: TSSecKeySet1
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
  sample: {thumbprint: 0123456789ABCDEF0123456789ABCDEF01234567}
after:
  description: The state of the same after the repair, or in check mode the expected one.
  returned: when the host could be examined
  type: dict
  sample: {thumbprint: a new one}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-cert-3fa9"
    - net start SessionEnv
backup:
  description: The folder on the host with the saved state and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be examined
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-cert-3fa9
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
