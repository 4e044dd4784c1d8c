# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows PowerShell 5.1, as far as the lab models it."""
