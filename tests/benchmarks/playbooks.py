# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks beside which the collection's own is measured.

They are no files, because ansible-lint would want ansible.windows, which is here only while a benchmark runs.
"""

from __future__ import annotations

#: The floor: what Ansible costs for a host that it doesn't even talk to.
DEBUG = """\
- name: Say something
  hosts: windows
  gather_facts: false
  tasks:
    - name: Say something
      ansible.builtin.debug:
        msg: Nothing is sent to the host.
"""

#: The look of the audit as one would write it with the modules of ansible.windows: a task for each thing to see.
#: It sees less than the audit, neither the certificate nor its keys, and judges nothing.
BY_HAND = r"""
- name: Look at Remote Desktop by hand
  hosts: windows
  gather_facts: false
  tasks:
    - name: See the switch of Remote Desktop
      ansible.windows.win_reg_stat:
        path: HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server

    - name: See the policy that overrules it
      ansible.windows.win_reg_stat:
        path: HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services
        name: fDenyTSConnections

    - name: See the port
      ansible.windows.win_reg_stat:
        path: HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp
        name: PortNumber

    - name: See the build of Windows
      ansible.windows.win_reg_stat:
        path: HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion
        name: CurrentBuildNumber

    - name: See the service of Remote Desktop
      ansible.windows.win_service_info:
        name: TermService

    - name: See the service of its ports and drives
      ansible.windows.win_service_info:
        name: UmRdpService

    - name: See the service of its configuration
      ansible.windows.win_service_info:
        name: SessionEnv

    - name: See the listeners and sessions
      ansible.windows.win_command: qwinsta
      changed_when: false

    - name: See who has which port
      ansible.windows.win_command: netstat -ano
      changed_when: false

    - name: See which process that is
      ansible.windows.win_command: tasklist /svc
      changed_when: false
"""
