using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.Authorization;

/// <summary>How a store authorizes calls, and the way back into a key whose policy lets nobody in.</summary>
public sealed class AuthorizationRegistry
{
    private readonly IStateStore _store;
    private readonly SnapshotCache _snapshots;
    private readonly Administration _administration;

    internal AuthorizationRegistry(IStateStore store, SnapshotCache snapshots, Administration administration)
    {
        _store = store;
        _snapshots = snapshots;
        _administration = administration;
    }

    /// <summary>How the store authorizes calls.</summary>
    public AuthorizationSettings Read()
    {
        using IStateReader state = _snapshots.Open();
        return state.ReadAuthorization();
    }

    /// <summary>Changes how the store authorizes calls. Null: unchanged.</summary>
    /// <param name="mode">What happens to calls that are not allowed.</param>
    /// <param name="directUseOfAwsManagedKeys">Whether callers may use AWS managed keys directly.</param>
    /// <param name="serviceControlPolicies">All service control policies (JSON), level by level; none to allow everything.</param>
    /// <param name="resourceControlPolicies">All resource control policies (JSON).</param>
    /// <param name="caller">The caller who changes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">MalformedPolicyDocument.</exception>
    public AuthorizationSettings Set(
        AuthorizationMode? mode = null,
        bool? directUseOfAwsManagedKeys = null,
        ImmutableArray<ImmutableArray<string>>? serviceControlPolicies = null,
        ImmutableArray<string>? resourceControlPolicies = null,
        Caller? caller = null)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetAuthorization, caller)
            .With(Members.Mode, mode?.ToString())
            .With(Members.DirectUseOfAwsManagedKeys, directUseOfAwsManagedKeys)
            .With(Members.ServiceControlPolicies, serviceControlPolicies is { } service ? JsonSerializer.Serialize(service) : null)
            .With(Members.ResourceControlPolicies, resourceControlPolicies is { } resource ? JsonSerializer.Serialize(resource) : null);
        return _administration.Do(act, (context, transaction) =>
        {
            AuthorizationSettings present = transaction.ReadAuthorization();
            AuthorizationSettings changed = present with
            {
                Mode = mode ?? present.Mode,
                DirectUseOfAwsManagedKeys = directUseOfAwsManagedKeys ?? present.DirectUseOfAwsManagedKeys,
                ServiceControlPolicies = serviceControlPolicies ?? present.ServiceControlPolicies,
                ResourceControlPolicies = resourceControlPolicies ?? present.ResourceControlPolicies,
            };
            GuardrailPolicies.Require(changed);
            context.AdditionalEventData[Members.From] = present.Mode.ToString();
            transaction.WriteAuthorization(changed);
            return changed;
        });
    }

    /// <summary>
    /// Puts the default key policy back, for the owner of the store: it lets the account's identity policies decide, whatever the present
    /// policy says.
    /// </summary>
    /// <param name="keyId">ID, ARN or alias of a customer managed key.</param>
    /// <param name="caller">The caller, whose Region the key is in; null for the user of the operating system.</param>
    /// <returns>The key with its new policy.</returns>
    /// <exception cref="KmsException">NotFoundException: the key does not exist. UnsupportedOperationException: AWS manages it.</exception>
    public Key ResetKeyPolicy(string keyId, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(keyId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.ResetKeyPolicy, caller).With(Members.KeyId, keyId);
        return _administration.Do(act, (context, transaction) =>
        {
            Key key = FindKey(keyId, transaction, context.Caller.Region ?? _store.Properties.Region);
            context.Act = context.Act with { KeyArn = key.Arn };
            RequireOwnPolicy(key);
            Key reset = key with { Policy = KeyPolicy.Default(key.AccountId) };
            transaction.UpdateKey(reset);
            return reset;
        });
    }

    /// <summary>The key that <see cref="ResetKeyPolicy"/> would change.</summary>
    /// <param name="keyId">The ID, the ARN or an alias of the key.</param>
    /// <param name="region">The Region of the key; null for that of the store.</param>
    /// <param name="triedBy">Who has asked for the act, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="KmsException">Those of <see cref="ResetKeyPolicy"/>.</exception>
    public Key PreviewResetKeyPolicy(string keyId, RegionName? region = null, Caller? triedBy = null)
    {
        ArgumentNullException.ThrowIfNull(keyId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.ResetKeyPolicy, triedBy).With(Members.KeyId, keyId);
        return _administration.Preview(act, triedBy, context =>
        {
            using IStateReader state = _snapshots.Open();
            Key key = FindKey(keyId, state, region ?? _store.Properties.Region);
            context.Act = context.Act with { KeyArn = key.Arn };
            RequireOwnPolicy(key);
            return key;
        });
    }

    private static void RequireOwnPolicy(Key key)
    {
        if (key.KeyManager == KeyManagerType.AWS)
        {
            throw KmsErrors.Unsupported("The policy of an AWS managed key never changes.", key.Arn);
        }
    }

    // Not through the pipeline, which would ask the policy that is to be replaced.
    private Key FindKey(string reference, IStateReader state, RegionName region)
    {
        string accountId = _store.Properties.AccountId;
        if (KeyArn.TryParse(reference, out KeyArn? arn))
        {
            return (arn.AccountId == accountId ? state.FindKey(arn.Region, arn.KeyId) : null) ?? throw KmsErrors.KeyDoesNotExist(reference);
        }

        string name = reference.StartsWith("arn:", StringComparison.Ordinal) ? reference[(reference.LastIndexOf(':') + 1)..] : reference;
        if (AliasName.HasPrefix(name))
        {
            return state.FindAlias(region, name) is { } alias && state.FindKey(region, alias.TargetKeyId) is { } target
                ? target
                : throw KmsErrors.AliasNotFound(KeyIdentifier.AliasArn(region, accountId, name));
        }

        return state.FindKey(region, name) ?? throw (KeyArn.IsKeyId(name)
            ? KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(region, accountId, name))
            : KmsErrors.InvalidKeyId(reference));
    }
}
