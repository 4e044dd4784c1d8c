# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attacks on the collection: hosts that lie, outputs that are damaged, files and servers of strangers.

``./run attack`` runs all of them against the clock; the tests run a bounded, reproducible part.
"""
