namespace KmsTools.Authorization;

/// <summary>What grants allow. Source: "Grants in AWS KMS", AWS KMS Developer Guide.</summary>
internal static class GrantAccess
{
    private const string SourceArn = "aws:SourceArn";
    private const string Prefix = "kms:";

    /// <summary>How a grant allows a request; None when it does not.</summary>
    /// <remarks>
    /// The constraints of a grant bind its children and not the call that creates them (<see cref="GrantScope"/>); a caller that asks about
    /// CreateGrant offers only the grants whose scope includes the child.
    /// </remarks>
    public static PrincipalMatch Match(Grant grant, AccessRequest request) =>
        Permits(grant, request.Action) && ConstraintsHold(grant.Constraints, request)
            ? PrincipalPattern.Of(grant.Grantee).Match(request)
            : PrincipalMatch.None;

    private static bool Permits(Grant grant, string action)
    {
        ReadOnlySpan<char> name = action.AsSpan(action.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Prefix.Length : 0);
        foreach (GrantOperation operation in grant.Operations)
        {
            if (name.Equals(operation.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool ConstraintsHold(GrantConstraints? constraints, AccessRequest request) =>
        constraints is null
        || (SourceArnHolds(constraints.SourceArn, request)
            && (IsContextIgnored(request.Action) || ContextHolds(constraints, request.Context)));

    private static bool SourceArnHolds(string? expected, AccessRequest request) =>
        expected is null
        || request.Rule == AccessRule.Retirement
        || (request.Context.Find(SourceArn) is { Values: [var actual] } && actual == expected);

    private static bool IsContextIgnored(string action) => action[(action.IndexOf(':', StringComparison.Ordinal) + 1)..] is
        nameof(GrantOperation.DescribeKey) or nameof(GrantOperation.GetPublicKey) or nameof(GrantOperation.RetireGrant)
        or nameof(GrantOperation.CreateGrant);

    private static bool ContextHolds(GrantConstraints constraints, IRequestContext call)
    {
        if (constraints is { EncryptionContextEquals: null, EncryptionContextSubset: null })
        {
            return true;
        }

        IReadOnlyDictionary<string, string> actual = call.EncryptionContext;
        return (constraints.EncryptionContextEquals is not { } equal || (equal.Count == actual.Count && GrantScope.Contains(actual, equal)))
            && (constraints.EncryptionContextSubset is not { } subset || GrantScope.Contains(actual, subset));
    }
}
