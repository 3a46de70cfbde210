using Xunit.v3;

namespace KmsTools;

/// <summary>Tests that are run once with stores in folders, and once more with stores in databases: see <see cref="TestStores"/>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class OnEveryStoreAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Store", "Every")];
}

/// <summary>Among them, what is only true of stores in folders.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InFolderAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Store", "Folder")];
}
