using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools.Authorization;

/// <summary>
/// Tells who may do what, and why, by the decisions that calls are made by, whatever the mode of the store. Calls nothing and records
/// nothing.
/// </summary>
public sealed class AccessSimulator
{
    private const int MaxReasonLength = 18;

    private readonly IStateStore _store;
    private readonly SnapshotCache _snapshots;
    private readonly CallPipeline _pipeline;

    internal AccessSimulator(IStateStore store, SnapshotCache snapshots, CallPipeline pipeline) =>
        (_store, _snapshots, _pipeline) = (store, snapshots, pipeline);

    /// <summary>Decides with nothing but what the question has.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    /// <exception cref="ArgumentException">The principal or the action is not valid.</exception>
    public static AccessTestResult Test(CustomAccessQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return CustomAccess.Decide(question);
    }

    /// <summary>Decides about a call to this store.</summary>
    /// <returns>A result for each permission that the call needs, in their order, as far as the first that is denied.</returns>
    /// <exception cref="KmsException">
    /// The call would be refused before permissions are asked for, such as for a key that does not exist.
    /// </exception>
    /// <exception cref="ArgumentException">The principal or the operation is not valid.</exception>
    public ImmutableArray<AccessTestResult> Test(AccessQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        (Operation operation, string? action) = OperationOf(question.Operation);
        Caller caller = CallerOf(question);
        ResolvedKey found = Find(question.KeyId, question.Region);
        return
        [
            .. _pipeline.Simulate(
                state => SimulatedRequest.Of(operation, found.Key, question, state),
                caller,
                action,
                found.AliasOfDraft is null ? null : found)
                .Select(decided => AccessTestResult.Of(caller.PrincipalArn, decided.Permission, decided.Decision)),
        ];
    }

    /// <summary>
    /// Who may do what with a key: every user and role of the store and every principal that the key policy or a grant names, with the
    /// operations that make sense for the key.
    /// </summary>
    /// <param name="question">The key and the context. Its operation and principal do not matter.</param>
    /// <param name="principals">The principals; empty for all.</param>
    /// <param name="operations">The operations; empty for all.</param>
    /// <returns>One row for each principal and reason, those that allow first.</returns>
    /// <exception cref="KmsException">NotFoundException or InvalidArnException.</exception>
    /// <exception cref="ArgumentException">A principal or an operation is not valid.</exception>
    public ImmutableArray<KeyAccess> List(AccessQuestion question, ImmutableArray<string> principals, ImmutableArray<string> operations)
    {
        ArgumentNullException.ThrowIfNull(question);
        ResolvedKey found = Find(question.KeyId, question.Region);
        Key key = found.Key;
        ImmutableArray<string> asked = operations.IsDefaultOrEmpty ? KeyOperations.Of(key) : operations;
        ImmutableArray<string> everybody = principals.IsDefaultOrEmpty ? PrincipalsOf(key) : principals;
        return [.. everybody.SelectMany(principal => Rows(found.AliasOfDraft ?? key.Arn, question with { Principal = principal }, asked))];
    }

    /// <summary>
    /// The principals that <see cref="List"/> shows of itself: those of the store, and those that the key policy or a grant names.
    /// </summary>
    /// <param name="keyId">Key ID, key ARN, alias name or alias ARN.</param>
    /// <param name="region">The Region of the key; null for that of the store.</param>
    /// <exception cref="KmsException">NotFoundException or InvalidArnException.</exception>
    public ImmutableArray<string> ListPrincipals(string keyId, RegionName? region) => PrincipalsOf(FindKey(keyId, region));

    /// <summary>The operations that make sense for a key, by its type. The two sides of ReEncrypt are separate.</summary>
    /// <param name="keyId">Key ID, key ARN, alias name or alias ARN.</param>
    /// <param name="region">The Region of the key; null for that of the store.</param>
    /// <exception cref="KmsException">NotFoundException or InvalidArnException.</exception>
    public ImmutableArray<string> ListOperations(string keyId, RegionName? region) => KeyOperations.Of(FindKey(keyId, region));

    private IEnumerable<KeyAccess> Rows(string arn, AccessQuestion question, ImmutableArray<string> operations) =>
        from operation in operations
        let result = Test(question with { Operation = operation })[^1]
        group (Operation: operation, Result: result) by (result.Principal, result.Decision, Reason: Grouped(result.Reason)) into row
        orderby row.Key.Decision, row.Count() descending
        select new KeyAccess
        {
            Principal = row.Key.Principal,
            KeyArn = arn,
            Decision = row.Key.Decision,
            Reason = row.Key.Reason,
            Operation = [.. row.Select(static one => one.Operation)],
            IsEverything = row.Count() == operations.Length,
            DependsOn = [.. row.SelectMany(static one => one.Result.FailedCondition).Select(static failed => failed.Key)
                .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)],
        };

    // Each grant is a reason of its own, but its ID is too long for a table.
    private static string Grouped(string reason) =>
        reason.StartsWith("grant ", StringComparison.Ordinal) && reason.Length > MaxReasonLength ? reason[..MaxReasonLength] : reason;

    private ImmutableArray<string> PrincipalsOf(Key key)
    {
        using IStateReader state = _snapshots.Open();
        PolicyDocument policy = PolicyDocument.Read(key.Policy, PolicyForm.Key, PolicyKind.ResourceBased, KeyPolicy.Name);
        return
        [
            .. state.ListPrincipals().Where(static principal => principal.Type != PrincipalType.Group)
                .Select(static principal => principal.Arn)
                .Concat(policy.Allows.Concat(policy.Denies).Where(static statement => !statement.IsNotPrincipal)
                    .SelectMany(static statement => statement.Principals ?? []).Select(static principal => principal.Name).OfType<string>())
                .Concat(state.ListGrants(key.Region, key.KeyId, null, null, int.MaxValue).Select(
                    static grant => PrincipalPattern.Of(grant.Grantee).Name ?? grant.Grantee.Name))
                .Append(Caller.LocalUser(_store.Properties.AccountId).PrincipalArn)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

    private Key FindKey(string reference, RegionName? region) => Find(reference, region).Key;

    private ResolvedKey Find(string reference, RegionName? region) =>
        _pipeline.FindKeyOrDraft(reference, Caller.LocalUser(_store.Properties.AccountId) with { Region = region });

    private Caller CallerOf(AccessQuestion question)
    {
        string name = question.Principal;
        string arn = name.StartsWith("user/", StringComparison.Ordinal) || name.StartsWith("role/", StringComparison.Ordinal)
            ? $"arn:aws:iam::{_store.Properties.AccountId}:{name}"
            : name;
        return PrincipalArn.TryParse(arn, out _) || Principals.IsService(arn)
            ? new Caller
            {
                PrincipalArn = arn,
                Region = question.Region,
                Facts = question.Context.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase),
            }
            : throw new ArgumentException(
                $"'{name}' is not a principal; use the ARN of a user, role, session or account, user/NAME, role/NAME, or the name of a "
                    + "service.");
    }

    // ReEncrypt needs two permissions, which are names of operations to whoever writes policies.
    private static (Operation Operation, string? Action) OperationOf(string name)
    {
        string text = name.StartsWith("kms:", StringComparison.OrdinalIgnoreCase) ? name[4..] : name;
        string? side = text.Equals("ReEncryptFrom", StringComparison.OrdinalIgnoreCase) ? "ReEncryptFrom"
            : text.Equals("ReEncryptTo", StringComparison.OrdinalIgnoreCase) ? "ReEncryptTo"
            : null;
        Operation? operation = side is not null
            ? OperationCatalog.Find(nameof(ReEncrypt))
            : OperationCatalog.All.FirstOrDefault(one => one.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return (operation ?? throw new ArgumentException($"'{name}' is not an operation of AWS KMS; use one such as Encrypt."), side);
    }
}
