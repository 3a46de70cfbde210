using System.Collections;
using KmsTools.Operations;

namespace KmsTools.Completion;

/// <summary>Completes the names of operations as policies name them: ReEncrypt has two sides.</summary>
public sealed class OperationCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        OperationCatalog.All.SelectMany(static operation => operation.Name == "ReEncrypt"
            ? (string[])["ReEncryptFrom", "ReEncryptTo"]
            : [operation.Name]).Select(static name => new Completion(name, "A permission of AWS KMS"));
}
