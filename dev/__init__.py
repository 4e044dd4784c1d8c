# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``./run`` does: the standard library only, because it runs before anything is installed."""
