using System.Collections;
using KmsTools.Operations;

namespace KmsTools.Completion;

/// <summary>Completes the names of events: the operations, administrative acts, and what KMS does by itself.</summary>
public sealed class EventNameCompleter : LiveCompleter
{
    private static readonly string[] ServiceEvents =
    [
        "DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey",
    ];

    /// <summary>The names that events have.</summary>
    internal static IEnumerable<string> Names => OperationCatalog.All.Select(static operation => operation.Name).Concat(AuditNames.Administrative).Concat(ServiceEvents);

    /// <summary>A name as events have it; null when none has it.</summary>
    internal static string? Find(string name) => Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        OperationCatalog.All.Select(static operation => new Completion(operation.Name, "A call of the API"))
            .Concat(AuditNames.Administrative.Select(static name => new Completion(name, "An administrative act")))
            .Concat(ServiceEvents.Select(static name => new Completion(name, "Done by KMS itself")));
}
