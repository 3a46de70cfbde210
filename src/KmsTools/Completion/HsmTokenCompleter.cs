using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the token labels of the HSMs of a cluster, without calling the HSMs.</summary>
public sealed class HsmTokenCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return
        [
            .. state.ListClusters()
                .Where(cluster => bound["ClusterId"] is not string id || id == cluster.ClusterId)
                .SelectMany(static cluster => cluster.Tokens
                    .Select(token => new Completion(token.TokenLabel, $"{cluster.ClusterId}  {token.SerialNumber}"))),
        ];
    }
}
