using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Estates;

internal sealed partial class EstateKeyPlanner
{
    private static Key Future(EstatePlanBuilder plan, string region, EstateKey wanted) => new()
    {
        AccountId = plan.State.Store.AccountId,
        Region = region,
        KeyId = wanted.Id?.Value ?? wanted.Name,
        CreationDate = default,
        Policy = wanted.Policy?.Value ?? "",
        KeySpec = wanted.Spec?.Value ?? KeySpec.SYMMETRIC_DEFAULT,
        KeyUsage = wanted.Usage?.Value ?? KeyUsageType.ENCRYPT_DECRYPT,
        Origin = plan.OriginOf(wanted),
        CustomKeyStoreId = wanted.KeyStore?.Value,
        XksKeyId = wanted.XksKeyId?.Value,
        MultiRegionKeyType = wanted.MultiRegion is { Value: true } ? MultiRegionKeyType.PRIMARY : null,
    };

    private void Create()
    {
        EstateKey wanted = _wanted;
        EstateKeyStore? store = null;
        if (wanted.Id is { } id)
        {
            RequireFixedId(id);
        }

        if (wanted.KeyStore is { } name && (store = _plan.FindKeyStore(_region, name.Value)) is null
            && !_plan.State.KeyStores.ContainsKey((_region, name.Value)))
        {
            _plan.Error(name.Position, $"Custom key store {name} was not found in {_region}, neither under keyStores nor in the store.");
        }

        string? knownStoreId = store is null && wanted.KeyStore is { } known
            ? _plan.State.KeyStores.GetValueOrDefault((_region, known.Value))?.CustomKeyStoreId
            : null;
        CreateKeyRequest request = new()
        {
            Description = wanted.Description?.Value,
            KeySpec = wanted.Spec?.Value.ToString(),
            KeyUsage = wanted.Usage?.Value.ToString(),
            Origin = _key.Origin.ToString(),
            MultiRegion = wanted.MultiRegion?.Value,
            CustomKeyStoreId = knownStoreId,
            XksKeyId = wanted.XksKeyId?.Value,
            Policy = wanted.Policy?.Value,
            BypassPolicyLockoutSafetyCheck = wanted.BypassPolicyLockoutSafetyCheck?.Value,
            Tags = wanted.Tags.IsEmpty ? null : [.. wanted.Tags.Select(static tag => new Tag { TagKey = tag.Key, TagValue = tag.Value })],
            Fixed = wanted.Id is null && (wanted.Material is null || _key.Origin != OriginType.AWS_KMS)
                ? null
                : new FixedKey(wanted.Id?.Value, _key.Origin == OriginType.AWS_KMS ? wanted.Material?.Bytes : null),
        };
        if (CheckExternalKey())
        {
            _plan.Check(
                Blame, wanted.Position, () => CreateKey.CheckCombination(request with { CustomKeyStoreId = wanted.KeyStore?.Value }));
        }

        CheckPolicy();
        CheckTags();

        // The alias by which the next import finds the key is created with it, so that no interruption can separate the two.
        Located<string>? alias = wanted.Aliases is [var first, ..] && !_plan.State.Aliases.ContainsKey((_region, first.Value))
            ? first
            : null;
        _aliasOfCreation = alias;
        CreateKeyStep creation = new(wanted, request, store);
        _plan.Changes.Add(Change(
            EstateKind.Key, wanted
                .Name, EstateAction.Created, $"Create the key ({_key.KeySpec}{(alias is null ? "" : $", {alias}")})", wanted.Position) with
        {
            Steps = alias is null
                ? [creation]
                : [creation, new UpdateStep<EmptyResponse>(
                    wanted,
                    keyId => new CreateAliasRequest { AliasName = alias.Value, TargetKeyId = keyId })],
            Needs = store is null ? [] : [store],
            Blame = Blame,
        });
    }

    private bool CheckExternalKey()
    {
        if (_wanted.KeyStore is not { } store)
        {
            return true;
        }

        bool isExternal = _plan.IsExternal(_region, store.Value);
        if (_wanted.Origin is { Value: OriginType.AWS_CLOUDHSM or OriginType.EXTERNAL_KEY_STORE } origin
            && (origin.Value == OriginType.EXTERNAL_KEY_STORE) != isExternal)
        {
            OriginType right = isExternal ? OriginType.EXTERNAL_KEY_STORE : OriginType.AWS_CLOUDHSM;
            _plan.Error(origin.Position, $"Keys in the custom key store {store} have the origin {right}, not {origin}.");
            return false;
        }

        if (!isExternal)
        {
            return true;
        }

        if (_wanted.XksKeyId is not { } external)
        {
            _plan.Error(store.Position, $"The custom key store {store} is an external key store: a new key in it needs an xksKeyId.");
            return false;
        }

        if (_plan.State.KeyStores.TryGetValue((_region, store.Value), out CustomKeyStore? present)
            && _plan.State.ExternalKeys.TryGetValue((present.CustomKeyStoreId, external.Value), out string? keyId))
        {
            _plan.Error(external.Position, $"The external key {external} of {store} is that of the key {keyId} already.");
            return false;
        }

        return true;
    }

    private void RequireFixedId(Located<string> id)
    {
        if (!KeyArn.IsKeyId(id.Value))
        {
            _plan.Error(id.Position, $"'{id}' is not a valid key ID: a lower-case UUID, or mrk- and 32 hex digits for a multi-Region key.");
        }
        else if (id.Value.StartsWith("mrk-", StringComparison.Ordinal) != _wanted.MultiRegion is { Value: true })
        {
            _plan.Error(id.Position, "The ID of a multi-Region key begins with mrk-, that of any other key does not.");
        }
        else if (!_plan.State.Store.IsSimulatedClock)
        {
            _plan.Error(
                id.Position,
                $"The store has no key {id}, and a new key gets a given ID only in a store with a simulated clock. Name the key by an "
                    + "alias instead.",
                ErrorCause.SimulatedClockNeeded);
        }
    }

    private void RequireUnchangeable()
    {
        Key present = _present!;
        if (present.KeyManager == KeyManagerType.AWS)
        {
            _plan.Error((_wanted.Id ?? _wanted.Aliases[0]).Position, $"{present.Arn} is managed by AWS and is not part of an estate.");
        }
        else if (present.IsPendingDeletion)
        {
            _plan.Error(
                _wanted.Position,
                $"{present.Arn} is pending deletion, which an import does not cancel.",
                ErrorCause.PendingDeletion);
        }

        Same(_wanted.Spec, present.KeySpec, "key spec");
        Same(_wanted.Usage, present.KeyUsage, "key usage");
        Same(_wanted.Origin, present.Origin, "origin");
        if (!_isReplica)
        {
            Same(_wanted.MultiRegion, present.MultiRegion, "multi-Region property");
            if (_wanted.MultiRegion is { Value: true } primary && present.MultiRegionKeyType == MultiRegionKeyType.REPLICA)
            {
                _plan.Error(primary.Position, $"{present.Arn} is a replica: describe it under the replicas of its primary key.");
            }
        }

        if (_wanted.KeyStore is { } store && present.CustomKeyStore?.Name != store.Value)
        {
            _plan.Error(store.Position, present.CustomKeyStore is { } other
                ? $"{present.Arn} is in the custom key store {other.Name} and cannot be moved to {store}."
                : $"{present.Arn} is in no custom key store and cannot be moved to {store}.");
        }

        if (_wanted.XksKeyId is { } external && present.XksKeyId != external.Value)
        {
            _plan.Error(external.Position, present.XksKeyId is { } other
                ? $"The external key of {present.Arn} is {other} and cannot be changed to {external}."
                : $"{present.Arn} is not in an external key store and cannot get the external key {external}.");
        }
    }

    private void Same<T>(Located<T>? wanted, T present, string what)
    {
        if (wanted is not null && !EqualityComparer<T>.Default.Equals(wanted.Value, present))
        {
            _plan.Error(wanted.Position, $"The {what} of {_present!.Arn} is {present} and cannot be changed to {wanted}.");
        }
    }
}
