using System.Collections;
using KmsTools.Operations;

namespace KmsTools.Completion;

/// <summary>Completes the names of events: the API operations, administrative acts, and actions of KMS itself.</summary>
public sealed class EventNameCompleter : LiveCompleter
{
    private static readonly string[] ServiceEvents =
    [
        "DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey",
    ];

    /// <summary>The names that events have.</summary>
    internal static IEnumerable<string> Names =>
        OperationCatalog.All.Select(static operation => operation.Name).Concat(AuditNames.Sts).Concat(AuditNames.Administrative)
            .Concat(ServiceEvents);

    /// <summary>A name as it is spelled in events; null if no event has it.</summary>
    internal static string? Find(string name) => Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        OperationCatalog.All.Select(static operation => new Completion(operation.Name, "An API call"))
            .Concat(AuditNames.Sts.Select(static name => new Completion(name, "A call of AWS STS")))
            .Concat(AuditNames.Administrative.Select(static name => new Completion(name, "An administrative act")))
            .Concat(ServiceEvents.Select(static name => new Completion(name, "An action of KMS itself")));
}
