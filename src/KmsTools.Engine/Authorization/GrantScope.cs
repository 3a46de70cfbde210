namespace KmsTools.Authorization;

/// <summary>
/// What a grant with the operation CreateGrant allows to grant on: no more than itself. Source: "Creating grants", AWS KMS Developer Guide.
/// </summary>
internal static class GrantScope
{
    /// <summary>Whether a new grant is within the scope of the one that allows to create it.</summary>
    /// <param name="parent">The grant whose grantee creates the new one.</param>
    /// <param name="operations">The operations of the new grant: some of those of the parent.</param>
    /// <param name="constraints">The constraints of the new grant: as strict as those of the parent, or stricter. Null for none.</param>
    public static bool Covers(Grant parent, IEnumerable<GrantOperation> operations, GrantConstraints? constraints) =>
        parent.Operations.Contains(GrantOperation.CreateGrant)
        && operations.All(operation => parent.Operations.Contains(operation))
        && AreAsStrict(parent.Constraints, constraints);

    /// <summary>Whether one encryption context has all pairs of another one, with the same case.</summary>
    public static bool Contains(IReadOnlyDictionary<string, string> context, IReadOnlyDictionary<string, string> pairs)
    {
        foreach ((string key, string value) in pairs)
        {
            if (!context.TryGetValue(key, out string? actual) || actual != value)
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreAsStrict(GrantConstraints? parent, GrantConstraints? child)
    {
        if (parent is null)
        {
            return true;
        }

        // Equals stays the same Equals. Subset may gain pairs, or become an Equals that has them.
        bool isContextAsStrict = parent.EncryptionContextEquals is { } equal
            ? child?.EncryptionContextEquals is { } same && same.Count == equal.Count && Contains(same, equal)
            : parent.EncryptionContextSubset is not { } subset
                || ((child?.EncryptionContextEquals ?? child?.EncryptionContextSubset) is { } context && Contains(context, subset));
        return isContextAsStrict && (parent.SourceArn is null || parent.SourceArn == child?.SourceArn);
    }
}
