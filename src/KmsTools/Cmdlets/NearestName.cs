using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Commands;

/// <summary>Finds the name that the user probably meant instead of one that does not exist.</summary>
internal static class NearestName
{
    private const int MaxCandidates = 300;
    private const int MaxLength = 300;

    /// <summary>The candidate that is nearest and near enough, or null.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        return name.Length is 0 or > MaxLength ? null : NearestText.Find(name, candidates);
    }

    /// <summary>The custom key store or cluster that is nearest to a name that an error says is missing, or null.</summary>
    public static string? Of(string errorCode, IStateReader state, string region, string name) => errorCode switch
    {
        "CustomKeyStoreNotFoundException" => Find(name, KeyStores(state, region)),
        "NoSuchEntity" => Find(name, state.ListPrincipals().Select(static principal => principal.Name)),
        "CloudHsmClusterNotFoundException" => Find(name, state.ListClusters().Select(static cluster => cluster.ClusterId)),
        "XksProxyVpcEndpointServiceNotFoundException" =>
            Find(name, state.ListVpcEndpointServices().Select(static service => service.ServiceName)),
        _ => null,
    };

    /// <summary>The alias or key ID that is nearest to a reference, or null.</summary>
    /// <param name="state">The store.</param>
    /// <param name="region">The Region.</param>
    /// <param name="name">The ID or the alias, without what precedes it in an ARN.</param>
    public static string? OfKey(IStateReader state, string region, string name)
    {
        string[] candidates =
        [
            .. state.ListAliases(region, null, null, MaxCandidates).Select(static alias => alias.AliasName),
            .. state.ListKeyIds(region, null, MaxCandidates),
        ];

        // Users forget the prefix as easily as a letter.
        string aliasName = AliasName.Prefix + name;
        return state.FindAlias(region, aliasName) is not null ? aliasName : Find(name, candidates) ?? Find(aliasName, candidates);
    }

    /// <summary>The ID or the alias in a reference, which may be an ARN.</summary>
    public static string LastPart(string reference)
    {
        string name = reference[(reference.LastIndexOf(':') + 1)..];
        return name.StartsWith("key/", StringComparison.Ordinal) ? name["key/".Length..] : name;
    }

    private static IEnumerable<string> KeyStores(IStateReader state, string region) =>
        state.ListCustomKeyStores(region, null, MaxCandidates).SelectMany(static store => new[] { store.CustomKeyStoreId, store.Name });
}
