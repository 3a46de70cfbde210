using System.Buffers;
using System.Collections.Immutable;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>The rules for grants. Source: "Grants in AWS KMS", AWS KMS Developer Guide, and CreateGrant in the AWS KMS API.</summary>
internal static class GrantRules
{
    private const int GrantIdLength = 64;
    private const int MaxContextPairs = 8;
    private const int MaxContextValueLength = 384;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The operations of a request, each once.</summary>
    /// <exception cref="KmsException">ValidationException: there is none, or only CreateGrant.</exception>
    public static ImmutableArray<GrantOperation> Operations(IEnumerable<GrantOperation> asked)
    {
        ImmutableArray<GrantOperation> operations = [.. asked.Distinct()];
        return operations switch
        {
            [] => throw KmsErrors.Validation("You must specify at least one operation."),
            [GrantOperation.CreateGrant] => throw KmsErrors.Validation("Grants must not contain only the CreateGrant operation."),
            _ => operations,
        };
    }

    /// <summary>The constraints of a request; null when they constrain nothing.</summary>
    /// <exception cref="KmsException">
    /// ValidationException: a context breaks a rule, or there are two. An empty one counts as none.
    /// </exception>
    public static GrantConstraints? Constraints(GrantConstraints? asked)
    {
        GrantConstraints constraints = new()
        {
            EncryptionContextEquals = Context(asked?.EncryptionContextEquals, "constraints.encryptionContextEquals"),
            EncryptionContextSubset = Context(asked?.EncryptionContextSubset, "constraints.encryptionContextSubset"),
            SourceArn = asked?.SourceArn,
        };
        return constraints switch
        {
            { EncryptionContextEquals: not null, EncryptionContextSubset: not null } => throw KmsErrors.Validation(
                "More than one constraint supplied"),
            { EncryptionContextEquals: null, EncryptionContextSubset: null, SourceArn: null } => null,
            _ => constraints,
        };
    }

    /// <summary>Refuses operations and constraints that the type of a key does not support.</summary>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void RequireFits(Key key, Grant grant)
    {
        foreach (GrantOperation operation in grant.Operations)
        {
            if (!Supports(key.KeySpec, key.KeyUsage, operation))
            {
                throw KmsErrors.Validation(
                    $"Operation {operation} is not supported by {key.Arn}, whose key spec is {key.KeySpec} and key usage {key.KeyUsage}.");
            }
        }

        if (grant.Constraints is { EncryptionContextEquals: not null } or { EncryptionContextSubset: not null }
            && !key.KeySpec.IsSymmetricEncryption)
        {
            throw KmsErrors.Validation(
                $"Encryption context grant constraints are supported only by symmetric encryption keys, which {key.Arn} is not.");
        }
    }

    /// <summary>The encryption context of constraints, or null.</summary>
    public static IReadOnlyDictionary<string, string>? ContextOf(GrantConstraints? constraints) =>
        constraints is { EncryptionContextEquals.Count: > 0 } ? constraints.EncryptionContextEquals : constraints?.EncryptionContextSubset;

    /// <summary>The value of kms:GrantConstraintType, or null.</summary>
    public static string? ConstraintType(GrantConstraints? constraints) => constraints switch
    {
        { EncryptionContextEquals.Count: > 0 } => nameof(GrantConstraints.EncryptionContextEquals),
        { EncryptionContextSubset.Count: > 0 } => nameof(GrantConstraints.EncryptionContextSubset),
        _ => null,
    };

    /// <summary>Whether keys of a type support an operation ("Grant operations", AWS KMS Developer Guide).</summary>
    public static bool Supports(KeySpec spec, KeyUsageType usage, GrantOperation operation) => operation switch
    {
        GrantOperation.CreateGrant or GrantOperation.RetireGrant or GrantOperation.DescribeKey => true,
        GrantOperation.Encrypt or GrantOperation.Decrypt or GrantOperation.ReEncryptFrom or GrantOperation.ReEncryptTo =>
            usage == KeyUsageType.ENCRYPT_DECRYPT,
        GrantOperation.GenerateDataKey or GrantOperation.GenerateDataKeyWithoutPlaintext
            or GrantOperation.GenerateDataKeyPair or GrantOperation.GenerateDataKeyPairWithoutPlaintext => spec.IsSymmetricEncryption,
        GrantOperation.Sign or GrantOperation.Verify => usage == KeyUsageType.SIGN_VERIFY,
        GrantOperation.GenerateMac or GrantOperation.VerifyMac => usage == KeyUsageType.GENERATE_VERIFY_MAC,
        GrantOperation.DeriveSharedSecret => usage == KeyUsageType.KEY_AGREEMENT,
        GrantOperation.GetPublicKey => !spec.IsSymmetricEncryption && usage != KeyUsageType.GENERATE_VERIFY_MAC,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };

    /// <summary>A grant of a key.</summary>
    /// <exception cref="KmsException">
    /// InvalidGrantIdException: not a valid grant ID. NotFoundException: the key has no such grant.
    /// </exception>
    public static Grant Find(OperationContext context, Key key, string grantId)
    {
        if (grantId.Length != GrantIdLength || grantId.AsSpan().ContainsAnyExcept(LowerHex))
        {
            throw KmsErrors.InvalidGrantId(grantId);
        }

        return context.State.FindGrant(key.Region, key.KeyId, grantId) ?? throw KmsErrors.GrantNotFound(grantId);
    }

    /// <summary>The grants of a key that count for a call.</summary>
    /// <param name="context">The call, whose tokens are valid.</param>
    /// <param name="key">One of its keys.</param>
    /// <param name="grantee">The principal that needs the permission; null for all.</param>
    public static ImmutableArray<Grant> InForce(OperationContext context, Key key, GrantPrincipal? grantee) =>
        context.State.ListGrants(key.Region, key.KeyId, grantee, null, int.MaxValue);

    private static IReadOnlyDictionary<string, string>? Context(IReadOnlyDictionary<string, string>? context, string member)
    {
        EncryptionContext.Require(context, member);
        if (context is null || context.Count == 0)
        {
            return null;
        }

        if (context.Count > MaxContextPairs)
        {
            throw KmsErrors.Validation(
                $"The encryption context of a grant constraint has {context.Count} pairs; at most {MaxContextPairs} are allowed.");
        }

        return context.Values.All(static value => value.Length <= MaxContextValueLength)
            ? context
            : throw KmsErrors.Validation(
                $"A value in the encryption context of a grant constraint has more than {MaxContextValueLength} characters.");
    }
}
