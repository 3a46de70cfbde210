namespace KmsTools.WebConsole.Pages.Store;

/// <summary>What opens a seal, in words.</summary>
internal static class SealWords
{
    /// <summary>What opens a slot.</summary>
    public static string NameOf(SealSlotKind kind) => kind switch
    {
        SealSlotKind.PASSPHRASE => "Passphrase",
        SealSlotKind.RECOVERY_KEY => "Recovery key",
        _ => "Key in an HSM",
    };
}
