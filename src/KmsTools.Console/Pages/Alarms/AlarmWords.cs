namespace KmsTools.WebConsole.Pages.Alarms;

/// <summary>What alarms watch, in words.</summary>
internal static class AlarmWords
{
    /// <summary>What is watched.</summary>
    public static string NameOf(AlarmEvent watched) => watched switch
    {
        AlarmEvent.KeyUsedWhilePendingDeletion => "Use of a key that is pending deletion",
        AlarmEvent.KeyMaterialExpiring => "Imported key material that expires soon",
        AlarmEvent.KeyStoreFailed => "Custom key store that failed to connect",
        AlarmEvent.OrphanedKeyMaterial => "Orphaned key material in HSMs",
        _ => "Certificate of a proxy that expires soon",
    };

    /// <summary>The unit of the threshold, after a space; empty for a number of things.</summary>
    public static string UnitOf(AlarmEvent watched) =>
        watched is AlarmEvent.KeyMaterialExpiring or AlarmEvent.ProxyCertificateExpiring ? " days" : "";
}
