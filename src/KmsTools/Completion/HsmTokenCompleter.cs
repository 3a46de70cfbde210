using System.Collections;
using KmsTools.Labs;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>
/// Completes the token labels of the HSMs of a cluster, without calling the HSMs. Where a token is registered, added or used, completes those of
/// the library on the same command line, or else of the cluster, or else of SoftHSM if it has a configuration.
/// </summary>
public sealed class HsmTokenCompleter : LiveCompleter
{
    private static readonly string[] NamesLibrary = ["Register-KmsHsmCluster", "New-KmsXksKey", "New-KmsXksProxyConfiguration"];

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        // A token that is made has another label.
        if (Is(command, "Initialize-KmsHsm") || Is(command, "Restore-KmsHsmCluster") || bound["Clone"] is not null
            || Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        object? named = bound["ClusterId"];
        HsmCluster[] clusters = [.. state.ListClusters().Where(cluster => named is null || $"{named}" == cluster.ClusterId)];
        HsmToken[] members = [.. clusters.SelectMany(static cluster => cluster.Tokens)];
        bool adds = Is(command, "Add-KmsHsm");
        return !adds && !NamesLibrary.Any(name => Is(command, name))
            ? clusters.SelectMany(static cluster => cluster.Tokens
                .Select(token => new Completion(token.TokenLabel, $"{cluster.ClusterId}  {token.SerialNumber}")))
            : Library(bound, adds ? clusters : []) is not { } library ? []
            : engine.HsmTokens.List(library)
                .Where(token => !adds || members.All(member => member.SerialNumber != token.SerialNumber))
                .Select(static token => new Completion(token.TokenLabel, $"{token.Manufacturer}  {token.Model}  {token.SerialNumber}"));
    }

    private static string? Library(IDictionary bound, HsmCluster[] clusters) => bound["Library"] is string library ? library
        : clusters is [{ Library.Length: > 0 } cluster] ? cluster.Library
        : SoftHsmLab.FindFault() is null ? SoftHsmLab.FindLibrary()
        : null;
}
