using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Commands;

/// <summary>Finds what the user meant with a name that does not exist.</summary>
internal static class NearestName
{
    private const int MaxCandidates = 300;
    private const int MaxLength = 300;

    /// <summary>A sentence for the user about the name that an error says is missing, or null. Never fails.</summary>
    /// <param name="error">The error.</param>
    /// <param name="engine">Where to look.</param>
    /// <param name="region">Tells the Region of the call; null for that of the store.</param>
    public static string? Hint(KmsException error, KmsEngine engine, Func<string?> region)
    {
        if (error.MissingName is not { } name)
        {
            return null;
        }

        try
        {
            using IStateReader state = engine.OpenReader();
            return error.ErrorCode switch
            {
                "CustomKeyStoreNotFoundException" => Suggest(name, KeyStores(state, region() ?? engine.Properties.Region), "Get-KmsCustomKeyStore shows the custom key stores."),
                "CloudHsmClusterNotFoundException" => Suggest(name, state.ListClusters().Select(static cluster => cluster.ClusterId), "Get-KmsHsmCluster shows the clusters."),
                _ => KeyHint(state, region() ?? engine.Properties.Region, name),
            };
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The error that is being reported matters more than this.
            return null;
        }
    }

    /// <summary>The sentence that names the nearest candidate and says how to find others; null when none is near enough.</summary>
    public static string? Suggest(string name, IEnumerable<string> candidates, string shows) =>
        Find(name, candidates) is { } nearest ? $"Did you mean {nearest}? {shows}" : null;

    /// <summary>The candidate that is nearest and near enough, or null.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        return name.Length is 0 or > MaxLength ? null : NearestText.Find(name, candidates);
    }

    private static string? KeyHint(IStateReader state, string region, string reference)
    {
        string name = reference[(reference.LastIndexOf(':') + 1)..];
        name = name.StartsWith("key/", StringComparison.Ordinal) ? name["key/".Length..] : name;
        if (state.FindAlias(region, name) is { } alias)
        {
            return $"{name} is the key {alias.TargetKeyId}: this operation takes its ID or ARN.";
        }

        IEnumerable<string> candidates =
        [
            .. state.ListAliases(region, null, null, MaxCandidates).Select(static alias => alias.AliasName),
            .. state.ListKeyIds(region, null, MaxCandidates),
        ];

        const string Shows = "Get-KmsAliasList and Get-KmsKeyList show what there is.";
        string aliasName = "alias/" + name;

        // The prefix is forgotten as easily as a letter.
        return state.FindAlias(region, aliasName) is not null ? $"Did you mean {aliasName}? {Shows}"
            : Suggest(name, candidates, Shows) ?? Suggest(aliasName, candidates, Shows);
    }

    private static IEnumerable<string> KeyStores(IStateReader state, string region) =>
        state.ListCustomKeyStores(region, null, MaxCandidates).SelectMany(static store => new[] { store.CustomKeyStoreId, store.Name });
}
