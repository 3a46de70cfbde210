using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>Which HSMs hold which material.</summary>
internal sealed class HsmHoldings
{
    private readonly Dictionary<string, ImmutableArray<HsmKeyObject>> _byId;
    private readonly ILookup<string, string> _hidden;

    public HsmHoldings(ImmutableArray<HsmInventory> inventories)
    {
        Answered = [.. inventories.Where(static hsm => hsm.Failure is null).Select(static hsm => hsm.Name)];
        NotAnswered = [.. inventories.Where(static hsm => hsm.Failure is not null).Select(static hsm => hsm.Name)];
        _byId = inventories.SelectMany(static hsm => hsm.Keys)
            .GroupBy(static key => key.Id, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.ToImmutableArray(), StringComparer.Ordinal);
        _hidden = inventories.SelectMany(static hsm => hsm.Hidden.Select(id => (Id: id, Hsm: hsm.Name)))
            .ToLookup(static one => one.Id, static one => one.Hsm, StringComparer.Ordinal);
    }

    /// <summary>The HSMs that answered.</summary>
    public ImmutableArray<string> Answered { get; }

    /// <summary>The HSMs that did not answer.</summary>
    public ImmutableArray<string> NotAnswered { get; }

    /// <summary>Whether any HSM holds material with an ID.</summary>
    public bool Has(string id) => _byId.ContainsKey(id);

    /// <summary>The HSMs that may hold material with an ID and do not show it: they refused to destroy it.</summary>
    public ImmutableArray<string> Hiding(string id) => [.. _hidden[id]];

    /// <summary>The HSMs that hold it completely.</summary>
    public ImmutableArray<string> Usable(string id) => Holders(id, static key => key.IsUsable);

    /// <summary>The HSMs that hold anything with the ID.</summary>
    public ImmutableArray<string> All(string id) => Holders(id, static _ => true);

    private ImmutableArray<string> Holders(string id, Func<HsmKeyObject, bool> condition) =>
        _byId.TryGetValue(id, out ImmutableArray<HsmKeyObject> held)
            ? [.. held.Where(condition).Select(static key => key.TokenLabel).Distinct()]
            : [];
}
