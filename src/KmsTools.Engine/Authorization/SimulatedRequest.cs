using System.Collections.Immutable;
using System.Reflection;
using KmsTools.Identifiers;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Authorization;

/// <summary>
/// Makes requests that have no more than what permissions depend on. What a question does not say, such as a plaintext, is missing, and
/// condition keys that show it are absent.
/// </summary>
internal static class SimulatedRequest
{
    private const string ExampleAlias = AliasName.Prefix + "example";

    /// <summary>The request of an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="key">The key, resolved.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="state">The state, in which aliases are found.</param>
    /// <exception cref="ArgumentException">The operation needs something that the question does not say.</exception>
    public static object Of(Operation operation, Key key, AccessQuestion question, IStateReader state)
    {
        object request = Activator.CreateInstance(operation.RequestType)!;
        foreach (MemberShape member in operation.Shape.Members)
        {
            if (ValueOf(member, key, question, state) is { } value)
            {
                PropertyInfo property = operation.RequestType.GetProperty(member.Name)!;
                property.SetValue(request, value);
            }
        }

        return operation is RetireGrant && question.GrantTokens.IsEmpty
            ? throw new ArgumentException("RetireGrant is about one grant: give the token of the grant.")
            : request;
    }

    private static object? ValueOf(MemberShape member, Key key, AccessQuestion question, IStateReader state) => member.Name switch
    {
        _ when member.Constraints.Key == KeyReferenceForms.Any => ReferenceTo(key, question.KeyId),
        _ when member.Constraints.Key != KeyReferenceForms.None => key.Arn,
        "EncryptionContext" or "SourceEncryptionContext" or "DestinationEncryptionContext" => question.EncryptionContext,
        "Constraints" => question.EncryptionContext is { } context ? new GrantConstraints { EncryptionContextEquals = context } : null,
        "GrantTokens" => question.GrantTokens.IsEmpty ? null : question.GrantTokens,
        "GrantToken" => question.GrantTokens is [var token, ..] ? token : null,
        "AliasName" => AliasOf(key, question.KeyId, state),

        // A grant that allows CreateGrant covers no more than its own operations.
        "Operations" => Facts(question, ConditionKeys.GrantOperations),
        "ReplicaRegion" => Facts(question, ConditionKeys.ReplicaRegion).FirstOrDefault() ?? key.Region,
        "PrimaryRegion" => Facts(question, ConditionKeys.PrimaryRegion).FirstOrDefault()
            ?? (key.RelatedKeys is [var related, ..] ? related.Region : key.Region),

        // The key is named, so the ciphertext does not matter.
        "DryRunModifiers" => new[] { nameof(DryRunModifierType.IGNORE_CIPHERTEXT) },
        "DryRun" => true,
        _ => null,
    };

    // By its ARN, which callers of all accounts need; an alias stays one, since conditions see it.
    private static string ReferenceTo(Key key, string reference) => AliasName.HasPrefix(NameIn(reference))
        ? KeyIdentifier.AliasArn(key.Region, key.AccountId, NameIn(reference))
        : key.Arn;

    private static string NameIn(string reference) => reference[(reference.LastIndexOf(':') + 1)..];

    private static string AliasOf(Key key, string reference, IStateReader state)
    {
        string name = NameIn(reference);
        return AliasName.HasPrefix(name) ? name : state.ListAliases(key.Region, key.KeyId, null, 1) is [var alias, ..]
            ? alias.AliasName
            : ExampleAlias;
    }

    private static ImmutableArray<string> Facts(AccessQuestion question, string key) => question.Context
        .FirstOrDefault(fact => fact.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value is { IsDefault: false } values
            ? values
            : [];
}
