using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Commands;

/// <summary>Finds what the user meant with a name that does not exist.</summary>
internal static class NearestName
{
    private const int MaxCandidates = 300;
    private const int MaxLength = 300;

    /// <summary>A sentence for the user, or null. Never fails.</summary>
    public static string? Hint(KmsEngine engine, string? region, string name)
    {
        try
        {
            region ??= engine.Properties.Region;
            using IStateReader state = engine.OpenReader();
            if (state.FindAlias(region, name) is { } alias)
            {
                return $"{name} is the key {alias.TargetKeyId}: this operation takes its ID or ARN.";
            }

            IEnumerable<string> candidates =
            [
                .. state.ListAliases(region, null, null, MaxCandidates).Select(static alias => alias.AliasName),
                .. state.ListKeyIds(region, null, MaxCandidates),
            ];
            return name.Length <= MaxLength && NearestText.Find(name, candidates) is { } nearest ? $"Did you mean {nearest}? Get-KmsAliasList and Get-KmsKeyList show what there is." : null;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The error that is being reported matters more than this.
            return null;
        }
    }
}
