using System.Collections.Frozen;
using System.Reflection;

namespace KmsTools.Operations;

/// <summary>All operations of this engine, by name and by request type.</summary>
public static class OperationCatalog
{
    private static readonly Operation[] Instances = [.. typeof(Operation).Assembly.GetTypes()
        .Where(static type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract)
        .Select(static type => (Operation)Activator.CreateInstance(
            type,
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic,
            null,
            null,
            null)!)
        .OrderBy(static operation => operation.Name, StringComparer.Ordinal)];

    private static readonly FrozenDictionary<string, Operation> ByName = Instances.ToFrozenDictionary(
        static operation => operation.Name,
        StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, Operation> ByRequest = Instances.ToFrozenDictionary(
        static operation => operation.RequestType);

    /// <summary>All operations in the order of their names.</summary>
    public static IReadOnlyList<Operation> All => Instances;

    /// <summary>The operation with this name, or null.</summary>
    public static Operation? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The operation that handles this request.</summary>
    public static Operation ForRequest(object request) => ByRequest[request.GetType()];
}
