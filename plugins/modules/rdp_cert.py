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
  - Keeps a valid certificate for the listener. When it or its private key is missing, when it has expired, or with
    O(state=renewed), the old self-signed one is exported and deleted, the service SessionEnv is restarted, which makes
    a new one, and the module waits for a new thumbprint. Only if none comes is TermService restarted, as the article
    says.
  - Deletes nothing but the certificate that C(WinStations) names as self-signed.
  - A certificate that somebody bound to the listener, one from a policy's template, and one from a certification
    authority are reported and never touched. The same goes for a host on which somebody forbade self-signed
    certificates on purpose. The task then changes nothing, and warns.
  - Where the host's clock and the controller's are more than a day apart, or SessionEnv is missing or disabled, nothing
    is changed. Where SessionEnv can't be started, the certificate stays, TermService is not restarted, and the message
    says why.
  - If no new certificate is made, everything is put back and the task fails. The next step is then
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
    description: The listener, as its key below C(WinStations) is called.
    type: str
    default: RDP-Tcp
  verify_from_controller:
    description:
      - Whether this computer looks at Remote Desktop with the new certificate, at the address that Ansible connects to.
        Nobody is signed in for that. If Remote Desktop says that it has no usable certificate, or with
        O(state=renewed) breaks TLS off, the task fails. The new certificate stays then, because its key has taken the
        place of the old one's.
      - Where this computer gets no answer, that says nothing about the certificate.
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
- name: The listener has a valid certificate
  winops.rdp.rdp_cert:

- name: It gets a new one
  winops.rdp.rdp_cert:
    state: renewed
"""

RETURN = r"""
certificate:
  description: The certificate in use, after the repair. What isn't known is V(null).
  returned: when the host could be looked at
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
      description: Whether it is in the store where it should be.
      type: bool
      returned: always
      sample: true
    subject:
      description: Whom it names.
      type: str
      returned: always
      sample: CN=web03
    issuer:
      description: Who issued it.
      type: str
      returned: always
      sample: CN=web03
    not_before:
      description: From when it is valid, UTC.
      type: str
      returned: always
      sample: "2026-01-15T08:00:00Z"
    not_after:
      description: Until when it is valid, UTC.
      type: str
      returned: always
      sample: "2026-07-16T08:00:00Z"
    container:
      description: The container of its private key. SessionEnv's own are V(TSSecKeySet1) to V(TSSecKeySet9).
      type: str
      returned: always
      sample: TSSecKeySet1
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
  sample: {thumbprint: 0123456789ABCDEF0123456789ABCDEF01234567}
after:
  description: The same as it is after the repair, or in check mode as it would be.
  returned: when the host could be looked at
  type: dict
  sample: {thumbprint: a new one}
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
    - mkdir "C:\Windows\winops.rdp\backup\0001-cert-3fa9"
    - net start SessionEnv
backup:
  description: The folder on the host with what was saved and the script C(undo.cmd). V(null) when nothing changes.
  returned: when the host could be looked at
  type: str
  sample: C:\Windows\winops.rdp\backup\0001-cert-3fa9
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
