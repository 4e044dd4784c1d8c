# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many emulated hosts in one process: their addresses, their faults, the Ansible inventory."""
