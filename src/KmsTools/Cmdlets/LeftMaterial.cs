using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>What is said of the material of deleted keys in HSMs that the store is about to forget.</summary>
internal static class LeftMaterial
{
    /// <summary>The material that the store knows to be left, such as "the material of 2 deleted keys"; null if there is none.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="clusterId">The cluster; null for none.</param>
    public static string? Of(KmsEngine engine, string? clusterId)
    {
        if (clusterId is null)
        {
            return null;
        }

        using IStateReader state = engine.OpenReader();
        int count = state.ListStrayKeyMaterial(clusterId).Count(static stray => stray.Reason == StrayReason.ORPHANED);
        return count == 0 ? null : $"the material of {count} deleted key{(count == 1 ? "" : "s")}";
    }

    /// <summary>What a prompt adds about it.</summary>
    public static string InPrompt(string? material) => material is null ? "" : $": its HSMs keep {material}";

    /// <summary>The commands that remove it from the HSMs of a cluster to which no custom key store is connected.</summary>
    public static string Removal(string clusterId) =>
        $"$pin = Read-Host -AsSecureString; Get-KmsOrphanedKeyMaterial {clusterId} -KeyStorePassword $pin | "
            + "Remove-KmsOrphanedKeyMaterial -KeyStorePassword $pin";
}
