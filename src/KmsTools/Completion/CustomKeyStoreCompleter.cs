using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the IDs of custom key stores, which people know by their names, or the names.</summary>
public sealed class CustomKeyStoreCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        // The name of a new one must be another.
        bool isNew = Is(command, "New-KmsCustomKeyStore") || parameter.StartsWith("New", StringComparison.OrdinalIgnoreCase);
        if (isNew || Engine is not { } engine)
        {
            return [];
        }

        bool names = parameter.EndsWith("Name", StringComparison.OrdinalIgnoreCase);
        using IStateReader state = engine.OpenReader();
        return [.. state.ListCustomKeyStores(RegionOf(engine, bound), null, Most).Select(store => names
            ? new Completion(store.Name, $"{store.CustomKeyStoreId}  {store.ConnectionState}")
            : new Completion(store.CustomKeyStoreId, store.Name, $"{store.CustomKeyStoreId}  {store.ConnectionState}"))];
    }
}
