using KmsTools.Keys;
using KmsTools.KeyStates;
using KmsTools.Operations;

namespace KmsTools.Estates;

internal sealed partial class EstateKeyPlanner
{
    // Between creation and the end state: all that belongs to a key and, in its Region, to a replica.
    private void AddSettings()
    {
        AddDescription();
        AddTags();
        AddPolicy();
        AddAliases();
        if (_wanted.Enabled is { Value: true })
        {
            AddState(enabled: true);
        }

        AddRotation();
        AddGrants();
    }

    private void AddDescription()
    {
        if (_present is not null && _wanted.Description is { } description && description.Value != _present.Description)
        {
            AddUpdate(EstateKind.Key, _wanted.Name, "Change the description", description.Position, "UpdateKeyDescription", keyId =>
                new UpdateKeyDescriptionRequest { KeyId = keyId, Description = description.Value });
        }
    }

    private void AddTags()
    {
        if (_present is null)
        {
            return;
        }

        CheckTags();
        foreach (EstateTag tag in _wanted.Tags)
        {
            KeyTag? present = _present.Tags.FirstOrDefault(present => present.TagKey == tag.Key);
            if (present?.TagValue != tag.Value)
            {
                AddUpdate(EstateKind.Tag, tag.Key, present is null
                    ? $"Add the tag '{tag.Key}'"
                    : $"Change the tag '{tag.Key}'", tag.Position, "TagResource", keyId =>
                    new TagResourceRequest { KeyId = keyId, Tags = [new Tag { TagKey = tag.Key, TagValue = tag.Value }] },
                    present is null ? EstateAction.Created : EstateAction.Updated);
            }
        }
    }

    private void CheckTags()
    {
        if (!_wanted.Tags.IsEmpty)
        {
            IReadOnlyList<Tag> tags = [.. _wanted.Tags.Select(static tag => new Tag { TagKey = tag.Key, TagValue = tag.Value })];
            SourcePosition reserved = _wanted.Tags.FirstOrDefault(
                static tag => tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))?.Position ?? _wanted.Tags[^1].Position;
            _plan.Check(reserved, () => KeyTags.Require(tags, _plan.State.Quotas[QuotaName.TagsPerKey]));
        }
    }

    private void AddPolicy()
    {
        if (_present is null || _wanted.Policy is not { } policy || !CheckPolicy()
            || KeyPolicy.IsSame(policy.Value, _present.Policy))
        {
            return;
        }

        AddUpdate(EstateKind.Policy, _wanted.Name, "Replace the key policy", policy
            .Position, "PutKeyPolicy", keyId => new PutKeyPolicyRequest
        {
            KeyId = keyId,
            Policy = policy.Value,
            BypassPolicyLockoutSafetyCheck = _wanted.BypassPolicyLockoutSafetyCheck?.Value,
        });
    }

    private bool CheckPolicy() => _wanted.Policy is not { } policy || _plan.Check(policy.Position, () =>
        KeyPolicyRules.Require(policy.Value, _wanted.BypassPolicyLockoutSafetyCheck?.Value, _plan.State.CallerArn, _key.Arn));

    private void AddAliases()
    {
        foreach (Located<string> alias in _wanted.Aliases)
        {
            bool exists = _plan.State.Aliases.TryGetValue((_region, alias.Value), out string? target);
            if (!_plan.Check(alias.Position, () => _ = exists ? AliasNames.Require(alias.Value) : AliasNames.RequireNew(alias.Value))
                || ReferenceEquals(alias, _aliasOfCreation))
            {
                continue;
            }

            if (!exists)
            {
                AddUpdate(EstateKind.Alias, alias.Value, $"Create the alias {alias}", alias.Position, "CreateAlias", keyId =>
                    new CreateAliasRequest { AliasName = alias.Value, TargetKeyId = keyId }, EstateAction.Created);
            }
            else if (target != _present?.KeyId)
            {
                AddUpdate(
                    EstateKind.Alias,
                    alias.Value,
                    $"Move the alias {alias} from the key {target}",
                    alias.Position,
                    "UpdateAlias",
                    keyId =>
                        new UpdateAliasRequest { AliasName = alias.Value, TargetKeyId = keyId });
            }
        }
    }

    private void AddState(bool enabled)
    {
        SourcePosition position = _wanted.Enabled!.Position;
        if (_key.IsEnabled == enabled)
        {
            return;
        }

        if (Waits)
        {
            AddWaiting(
                _isReplica ? EstateKind.Replica : EstateKind.Key,
                _wanted.Name,
                enabled ? "Enable the key" : "Disable the key",
                position);
            return;
        }

        AddUpdate(
            _isReplica ? EstateKind.Replica : EstateKind.Key,
            _wanted.Name,
            enabled ? "Enable the key" : "Disable the key",
            position,
            enabled ? "EnableKey" : "DisableKey",
            IKmsRequest<EmptyResponse> (keyId) => enabled
                ? new EnableKeyRequest { KeyId = keyId }
                : new DisableKeyRequest { KeyId = keyId });
        _key = _key with { IsEnabled = enabled };
    }

    private void AddRotation()
    {
        if (_wanted.Rotation is not { } rotation)
        {
            return;
        }

        int? period = rotation.Enabled ? rotation.PeriodInDays ?? EnableKeyRotation.DefaultPeriod : null;
        if (_present?.Rotation?.PeriodInDays == period && (_present is not null || period is null))
        {
            return;
        }

        if (_plan.Check(rotation.Position, () => RotationRules.RequireSymmetric(_key)))
        {
            AddUpdate(EstateKind.Rotation, _wanted.Name, period is null
                ? "Turn automatic rotation off"
                : $"Rotate every {period} days", rotation.Position,
                period is null ? "DisableKeyRotation" : "EnableKeyRotation",
                IKmsRequest<EmptyResponse> (keyId) => period is null
                    ? new DisableKeyRotationRequest { KeyId = keyId }
                    : new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = period });
        }
    }
}
