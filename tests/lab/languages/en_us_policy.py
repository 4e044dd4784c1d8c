# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""English: what gpupdate and gpresult say. Published outputs show them, apart from the lines marked as assumed."""

from __future__ import annotations

TEXTS = {
    "policy.local": "Local Group Policy",
    "gpupdate.start": "Updating policy...",
    "gpupdate.computer": "Computer Policy update has completed successfully.",
    "gpupdate.user": "User Policy update has completed successfully.",
    "gpupdate.computer_failed": "Computer policy could not be updated successfully. "
    "The following errors were encountered:",
    "gpupdate.user_failed": "User Policy could not be updated successfully. The following errors were encountered:",
    "gpupdate.no_controller": "The processing of Group Policy failed because of lack of network connectivity to a "
    "domain controller. This may be a transient condition. A success message would be generated once the machine gets "
    "connected to the domain controller and Group Policy has successfully processed. If you do not see a success "
    "message for several hours, then contact your administrator.",
    "gpupdate.registry_failed": "The processing of Group Policy failed. Windows could not apply the registry-based "
    "policy settings for the Group Policy object {subject}. Group Policy settings will not be resolved until this "
    "event is resolved. View the event details for more information on the file name and path that caused the failure.",
    "gpupdate.denied": "The processing of Group Policy failed. Windows attempted to retrieve new Group Policy settings "
    "for this user or computer. Look in the details tab for error code and description. Windows will automatically "
    "retry this operation at the next refresh cycle. Computers joined to the domain must have proper name resolution "
    "and network connectivity to a domain controller for discovery of new Group Policy objects and settings. An event "
    "will be logged when Group Policy is successful.",
    "gpupdate.diagnose": "To diagnose the failure, review the event log or run GPRESULT /H GPReport.html from the "
    "command line to access information about Group Policy results.",
    "gpupdate.too_long": "Policy refresh has not completed in the expected time. Exiting...",
}
