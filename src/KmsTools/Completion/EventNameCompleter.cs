using System.Collections;
using KmsTools.Operations;

namespace KmsTools.Completion;

/// <summary>Completes the names of events: the operations, and what KMS does by itself.</summary>
public sealed class EventNameCompleter : LiveCompleter
{
    private static readonly string[] ServiceEvents = ["DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey"];

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        OperationCatalog.All.Select(static operation => new Completion(operation.Name, "A call of the API"))
            .Concat(ServiceEvents.Select(static name => new Completion(name, "Done by KMS itself")));
}
