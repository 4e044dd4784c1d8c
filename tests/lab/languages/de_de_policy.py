# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what gpupdate and gpresult say. The names of policies and the success lines are from Microsoft's German
documentation; what only long error texts say is assumed."""

from __future__ import annotations

TEXTS = {
    "policy.local": "Richtlinien der lokalen Gruppe",
    "gpupdate.start": "Die Richtlinie wird aktualisiert...",
    "gpupdate.computer": "Die Aktualisierung der Computerrichtlinie wurde erfolgreich abgeschlossen.",
    "gpupdate.user": "Die Aktualisierung der Benutzerrichtlinie wurde erfolgreich abgeschlossen.",
    "gpupdate.computer_failed": "Die Computerrichtlinie konnte nicht erfolgreich aktualisiert werden. "
    "Folgende Probleme sind aufgetreten:",
    "gpupdate.user_failed": "Die Benutzerrichtlinie konnte nicht erfolgreich aktualisiert werden. "
    "Folgende Probleme sind aufgetreten:",
    "gpupdate.no_controller": "Fehler bei der Verarbeitung der Gruppenrichtlinie aufgrund fehlender Netzwerk"
    "konnektivität mit einem Domänencontroller. Dies kann eine vorübergehende Bedingung sein. Es wird eine "
    "Erfolgsmeldung generiert, wenn der Computer eine Verbindung mit dem Domänencontroller herstellt und wenn die "
    "Gruppenrichtlinie erfolgreich verarbeitet wurde. Wenden Sie sich an den Administrator, wenn mehrere Stunden lang "
    "keine Erfolgsmeldung angezeigt wird.",
    "gpupdate.registry_failed": "Fehler bei der Verarbeitung der Gruppenrichtlinie. Die registrierungsbasierten "
    "Richtlinieneinstellungen für das Gruppenrichtlinienobjekt {subject} konnten nicht angewendet werden. Die "
    "Gruppenrichtlinieneinstellungen werden erst aufgelöst, wenn dieses Ereignis behoben ist. Weitere Informationen "
    "zu dem Dateinamen und -pfad, der den Fehler verursacht hat, finden Sie in den Ereignisdetails.",
    "gpupdate.denied": "Fehler bei der Verarbeitung der Gruppenrichtlinie. Es wurde versucht, neue Gruppenrichtlinien"
    "einstellungen für diesen Benutzer oder Computer abzurufen. Fehlercodes und Beschreibungen finden Sie auf der "
    'Registerkarte "Details". Dieser Vorgang wird automatisch beim nächsten Aktualisierungszyklus wiederholt.',
    "gpupdate.diagnose": 'Lesen Sie zum Diagnostizieren des Fehlers das Ereignisprotokoll, oder führen Sie "GPRESULT '
    '/H GPReport.html" in der Befehlszeile aus, um auf Informationen über die Gruppenrichtlinienergebnisse '
    "zuzugreifen.",
    "gpupdate.too_long": "Die Richtlinienaktualisierung wurde nicht in der erwarteten Zeit abgeschlossen. "
    "Der Vorgang wird beendet...",
}
