# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy: GPOs, what a refresh does, what Windows writes down about it."""
