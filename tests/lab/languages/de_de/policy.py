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
    # gpresult
    "gpresult.no_data_user": 'INFO: Der Benutzer "{user}" verfügt über keine RSOP-Daten.',
    "gpresult.no_data_computer": "INFO: Der Computer verfügt über keine RSOP-Daten.",
    "gpresult.denied": "FEHLER: Zugriff verweigert",
    "gpresult.exists": 'FEHLER: Die Datei "{path}" ist bereits vorhanden. Verwenden Sie /F, um sie zu überschreiben.',
    "gpresult.syntax": 'FEHLER: Ungültige Syntax.\r\nGeben Sie "GPRESULT /?" ein, um die Syntax anzuzeigen.',
    "gpresult.path": "FEHLER: Das System kann den angegebenen Pfad nicht finden.",
    "gpresult.banner": "Microsoft (R) Windows (R) Betriebssystem-Gruppenrichtlinienergebnis-Tool v2.0",
    "gpresult.rights": "© Microsoft Corporation. Alle Rechte vorbehalten.",
    "gpresult.created": "Am {date}, um {time} erstellt",
    "gpresult.title": "RSOP-Daten für {user} auf {computer} : Protokollierungsmodus",
    "gpresult.date": "{day:02}.{month:02}.{year}",
    "gpresult.time": "{hour:02}:{minute:02}:{second:02}",
    "gpresult.os_configuration": "Betriebssystemkonfiguration: {text}",
    "gpresult.server": "Mitgliedsserver",
    "gpresult.workstation": "Mitgliedsarbeitsstation",
    "gpresult.os_version": "Betriebssystemversion:       {text}",
    "gpresult.site": "Standortname:                {text}",
    "gpresult.roaming": "Servergespeichertes Profil:  {text}",
    "gpresult.profile": "Lokales Profil:              {text}",
    "gpresult.slow": "Langsame Verbindung?         Nein",
    "gpresult.computer": "COMPUTEREINSTELLUNGEN",
    "gpresult.last": "    Letzte Gruppenrichtlinienanwendung: {date}, um {time}",
    "gpresult.from": "    Gruppenrichtlinieanwendung von:     {text}",
    "gpresult.threshold": "    Schwellenwert für langsame Verbindung:   500 kbps",
    "gpresult.domain": "    Domänenname:                        {text}",
    "gpresult.domain_type": "    Domänentyp:                         Windows 2008 oder höher",
    "gpresult.applied": "Angewendete Gruppenrichtlinienobjekte",
    "gpresult.none": "Nicht zutreffend",
    "gpresult.filtered": "Folgende herausgefilterte Gruppenrichtlinien werden nicht angewendet.",
    "gpresult.filtering": "            Filterung:  {text}",
    "gpresult.empty": "Nicht angewendet (Leer)",
    "gpresult.reason_denied": "Verweigert (Sicherheit)",
    "gpresult.unreadable": "Nicht angewendet (Unbekannter Grund)",
    "gpresult.disabled_gpo": "Deaktiviert (Gruppenrichtlinienobjekt)",
    "gpresult.disabled_link": "Deaktiviert (Verknüpfung)",
    "gpresult.groups": "Der Computer ist Mitglied der folgenden Sicherheitsgruppen",
    "gpresult.infrastructure": "Gruppenrichtlinieninfrastruktur",
    "gpresult.registry": "Registrierung",
    "gpresult.security": "Sicherheit",
    "gpresult.preferences": "Gruppenrichtlinie: Registrierung",
    "group.S-1-5-2": "NT-AUTORITÄT\\NETZWERK",
    "group.S-1-5-15": "NT-AUTORITÄT\\Diese Organisation",
    "group.S-1-18-1": "Von der Authentifizierungsstelle bestätigte Identität",
    "group.S-1-16-16384": "Verbindliche Beschriftung\\Systemverbindlichkeitsstufe",
    # TerminalServer.adml
    "admx.connections": "Windows-Komponenten/Remotedesktopdienste/Remotedesktopsitzungs-Host/Verbindungen",
    "admx.security": "Windows-Komponenten/Remotedesktopdienste/Remotedesktopsitzungs-Host/Sicherheit",
    "admx.supported": "Mindestens Windows Server 2003",
    "admx.explain": "Entscheidet über die Remotedesktopdienste auf diesem Computer.",
    "admx.fDenyTSConnections": "Remoteverbindungen für Benutzer mithilfe der Remotedesktopdienste zulassen",
    "admx.UserAuthentication": "Benutzerauthentifizierung mit Authentifizierung auf Netzwerkebene ist für "
    "Remoteverbindungen erforderlich",
    "admx.SecurityLayer": "Verwendung einer bestimmten Sicherheitsstufe für Remoteverbindungen (RDP) ist erforderlich",
    "admx.SecurityLayer.part": "Sicherheitsstufe",
    "admx.SecurityLayer.1": "Aushandeln",
    "admx.MinEncryptionLevel": "Verschlüsselungsstufe der Clientverbindung festlegen",
    "admx.MinEncryptionLevel.part": "Verschlüsselungsstufe",
    "admx.MinEncryptionLevel.1": "Niedrige Stufe",
    "admx.MinEncryptionLevel.2": "Clientkompatibel",
    "admx.MinEncryptionLevel.3": "Hohe Stufe",
    "admx.MaxInstanceCount": "Anzahl der Verbindungen einschränken",
    "admx.MaxInstanceCount.part": "Maximale Anzahl zulässiger RD-Verbindungen",
    "admx.fSingleSessionPerUser": "Remotedesktopdienste-Benutzer auf eine Remotedesktopdienste-Sitzung beschränken",
}
