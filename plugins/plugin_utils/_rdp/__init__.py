# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core: what Remote Desktop needs on a Windows host, and how to see and restore it.

Pure Python: imports no Ansible, does no I/O and reads no clock. Private to this collection, it may
change in any release.
"""
