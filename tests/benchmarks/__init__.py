# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection costs, beside its alternatives. ``./run bench`` measures it; docs/performance.md shows it."""
