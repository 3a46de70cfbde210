using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the IDs of HSM clusters, without calling the HSMs.</summary>
public sealed class HsmClusterCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        // The ID of a new one must be another.
        if (Is(command, "Register-KmsHsmCluster") || Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return [.. state.ListClusters().Select(static cluster => new Completion(
            cluster.ClusterId, $"{cluster.Library}  {string.Join(", ", cluster.Tokens.Select(static token => token.TokenLabel))}"))];
    }
}
