# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which an Ansible controller reaches an emulated host: WinRM, PSRP, SSH."""
