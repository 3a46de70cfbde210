using KmsTools.KeyStores;

namespace KmsTools.WebConsole.Pages.HsmClusters;

/// <summary>Orphaned key material in words.</summary>
internal static class OrphanWords
{
    /// <summary>How HSMs and store disagree.</summary>
    public static string Of(OrphanKind kind) => kind switch
    {
        OrphanKind.MATERIAL_WITHOUT_KEY => "Material without a key: its key is deleted, or was never created",
        OrphanKind.KEY_WITHOUT_MATERIAL => "Key without material: what it has encrypted cannot be decrypted",
        OrphanKind.KEY_NOT_ON_ALL_HSMS => "Key that some HSMs lack: it is lost once the others are lost",
        OrphanKind.UNUSABLE_OBJECT => "Incomplete object that no key uses",
        _ => $"{kind}",
    };

    /// <summary>The key of it by the names that people know.</summary>
    public static string KeyOf(OrphanedKeyMaterial orphan) => NameOf(orphan.KeyArn, orphan.Aliases);

    /// <summary>A key by the names that people know.</summary>
    public static string NameOf(string keyArn, IReadOnlyCollection<string> aliases) =>
        aliases.Count == 0 ? KeyIdOf(keyArn) : $"{string.Join(", ", aliases)} ({KeyIdOf(keyArn)})";

    /// <summary>The ID in the ARN of a key; the text itself if it is no ARN.</summary>
    public static string KeyIdOf(string keyArn) => keyArn[(keyArn.LastIndexOf('/') + 1)..];

    /// <summary>Names in a row.</summary>
    public static string Names(IReadOnlyCollection<string> names) => names.Count == 0 ? "-" : string.Join(", ", names);
}
