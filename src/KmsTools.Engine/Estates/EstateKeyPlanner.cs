using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KmsTools.Keys;
using KmsTools.KeyStates;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Plans one key, with its replicas and all that belongs to them.</summary>
internal sealed partial class EstateKeyPlanner
{
    private readonly EstatePlanBuilder _plan;
    private readonly EstateKey _wanted;
    private readonly Key? _present;
    private readonly string _region;
    private readonly bool _isReplica;

    // The key as it will be at this point of the plan; what its members do not say yet is of no consequence for the rules.
    private Key _key;

    private Located<string>? _aliasOfCreation;

    private EstateKeyPlanner(EstatePlanBuilder plan, EstateKey wanted, Key? present, Key key, bool isReplica)
    {
        _plan = plan;
        _wanted = wanted;
        _present = present;
        _key = key;
        _region = key.Region;
        _isReplica = isReplica;
        if (present is not null)
        {
            plan.Ids[wanted] = present.KeyId;
        }
    }

    // Material that has to be imported before the key can be used, and that the estate does not give.
    private bool Waits => _key is { Origin: OriginType.EXTERNAL, LacksMaterial: true };

    /// <summary>Adds the changes of a key.</summary>
    public static void Add(EstatePlanBuilder plan, EstateKey wanted)
    {
        if (wanted.Id is null && wanted.Aliases.IsEmpty)
        {
            plan.Error(wanted.Position, "A key needs an id or an alias: by it the next import knows the key again.");
            return;
        }

        string region = plan.RegionOf(wanted.Region);
        Key? present = plan.Find(wanted);
        if (present is not null && !plan.Meant.TryAdd((region, present.KeyId), wanted))
        {
            EstateKey other = plan.Meant[(region, present.KeyId)];
            plan.Error(wanted.Position, $"This is the same key as {other.Name} in line {other.Position.Line}: {present.Arn}.");
            return;
        }

        var planner = new EstateKeyPlanner(plan, wanted, present, present ?? Future(plan, region, wanted), isReplica: false);
        planner.AddAll();
    }

    private static Key Future(EstatePlanBuilder plan, string region, EstateKey wanted) => new()
    {
        AccountId = plan.State.Store.AccountId,
        Region = region,
        KeyId = wanted.Id?.Value ?? wanted.Name,
        CreationDate = default,
        Policy = wanted.Policy?.Value ?? "",
        KeySpec = wanted.Spec?.Value ?? KeySpec.SYMMETRIC_DEFAULT,
        KeyUsage = wanted.Usage?.Value ?? KeyUsageType.ENCRYPT_DECRYPT,
        Origin = wanted.Origin?.Value ?? (wanted.KeyStore is null ? OriginType.AWS_KMS : OriginType.AWS_CLOUDHSM),
        CustomKeyStoreId = wanted.KeyStore?.Value,
        MultiRegionKeyType = wanted.MultiRegion is { Value: true } ? MultiRegionKeyType.PRIMARY : null,
    };

    private void AddAll()
    {
        int before = _plan.Changes.Count;
        int errors = _plan.Errors.Count;
        CheckMaterial();
        if (_present is null)
        {
            Create();
        }
        else
        {
            RequireUnchangeable();
        }

        if (_plan.Errors.Count == errors)
        {
            AddMaterial();
            AddSettings();
            AddReplicas();
            if (_wanted.Enabled is { Value: false })
            {
                AddState(enabled: false);
            }
        }

        if (_plan.Errors.Count == errors && !_plan.Changes.Skip(before).Any(change => ReferenceEquals(change.Owner, _wanted)))
        {
            _plan.Changes.Insert(before, Change(EstateKind.Key, _wanted.Name, EstateAction.Unchanged, "Nothing to do", _wanted.Position));
        }
    }

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

    private void Create()
    {
        EstateKey wanted = _wanted;
        EstateKeyStore? store = null;
        if (wanted.Id is { } id)
        {
            RequireFixedId(id);
        }

        if (wanted.KeyStore is { } name && (store = _plan.Estate.KeyStores.FirstOrDefault(candidate => candidate.Name.Value == name.Value && _plan.RegionOf(candidate.Region) == _region)) is null
            && !_plan.State.KeyStores.ContainsKey((_region, name.Value)))
        {
            _plan.Error(name.Position, $"There is no custom key store {name} in {_region}, neither under keyStores nor in the store.");
        }

        string? knownStoreId = store is null && wanted.KeyStore is { } known ? _plan.State.KeyStores.GetValueOrDefault((_region, known.Value))?.CustomKeyStoreId : null;
        CreateKeyRequest request = new()
        {
            Description = wanted.Description?.Value,
            KeySpec = wanted.Spec?.Value.ToString(),
            KeyUsage = wanted.Usage?.Value.ToString(),
            Origin = _key.Origin.ToString(),
            MultiRegion = wanted.MultiRegion?.Value,
            CustomKeyStoreId = knownStoreId,
            Policy = wanted.Policy?.Value,
            BypassPolicyLockoutSafetyCheck = wanted.BypassPolicyLockoutSafetyCheck?.Value,
            Tags = wanted.Tags.IsEmpty ? null : [.. wanted.Tags.Select(static tag => new Tag { TagKey = tag.Key, TagValue = tag.Value })],
            Fixed = wanted.Id is null && (wanted.Material is null || _key.Origin != OriginType.AWS_KMS)
                ? null
                : new FixedKey(wanted.Id?.Value, _key.Origin == OriginType.AWS_KMS ? wanted.Material?.Bytes : null),
        };
        _plan.Check(Blame, wanted.Position, () => CreateKey.CheckCombination(request with { CustomKeyStoreId = wanted.KeyStore?.Value }));
        CheckPolicy();
        CheckTags();

        // The alias by which the next import knows the key comes with it, so that no interruption comes between the two.
        Located<string>? alias = wanted.Aliases is [var first, ..] && !_plan.State.Aliases.ContainsKey((_region, first.Value)) ? first : null;
        _aliasOfCreation = alias;
        _plan.Changes.Add(Change(
            EstateKind.Key, wanted.Name, EstateAction.Created, $"Create the key ({_key.KeySpec}{(alias is null ? "" : $", {alias}")})", wanted.Position) with
        {
            Request = ids => request with { CustomKeyStoreId = store is null ? knownStoreId : ids[store] },
            Then = alias is null ? null : ids => new CreateAliasRequest { AliasName = alias.Value, TargetKeyId = ids[wanted] },
            Needs = store is null ? [] : [store],
            Blame = Blame,
        });
    }

    private void RequireFixedId(Located<string> id)
    {
        if (!KeyResolver.IsKeyId(id.Value))
        {
            _plan.Error(id.Position, $"'{id}' is no key ID: a lower-case UUID, or mrk- and 32 hex digits for a multi-Region key.");
        }
        else if (id.Value.StartsWith("mrk-", StringComparison.Ordinal) != _wanted.MultiRegion is { Value: true })
        {
            _plan.Error(id.Position, "The ID of a multi-Region key begins with mrk-, that of any other key does not.");
        }
        else if (!_plan.State.Store.IsSimulatedClock)
        {
            _plan.Error(
                id.Position,
                $"The store has no key {id}, and a new key gets a given ID only in a store with a simulated clock (Connect-Kms -SimulatedClock). Name the key by an alias instead.");
        }
    }

    private void CheckMaterial()
    {
        if (_wanted.Material is not { } material)
        {
            return;
        }

        StateRule(material.Position);
        if (_key.Origin is not (OriginType.AWS_KMS or OriginType.EXTERNAL))
        {
            _plan.Error(material.Position, "The material of a key in a custom key store is made in its HSM and cannot be given.");
            return;
        }

        _plan.Check(material.Position, () =>
        {
            _key.KeySpec.Material.RequireOffered();
            _key.KeySpec.Material.Import(material.Bytes).Dispose();
        });
    }

    private void StateRule(SourcePosition position)
    {
        bool simulated = _plan.State.Store.IsSimulatedClock;
        if (_key.Origin != OriginType.EXTERNAL && !simulated)
        {
            _plan.Error(position, "Key material can be given only to keys in a store with a simulated clock (Connect-Kms -SimulatedClock), or to keys with origin EXTERNAL in a temporary one.");
        }
        else if (!simulated && !_plan.State.IsTemporary)
        {
            _plan.Error(position, "Key material is taken from a file only in temporary stores and in stores with a simulated clock. Import it with Import-KmsKeyMaterial.");
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
            _plan.Error(_wanted.Position, $"{present.Arn} is pending deletion. Stop-KmsKeyDeletion {present.KeyId} cancels that; an import does not.");
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
    }

    private void Same<T>(Located<T>? wanted, T present, string what)
    {
        if (wanted is not null && !EqualityComparer<T>.Default.Equals(wanted.Value, present))
        {
            _plan.Error(wanted.Position, $"The {what} of {_present!.Arn} is {present} and cannot be changed to {wanted}.");
        }
    }

    private void AddMaterial()
    {
        if (_wanted.Material is not { } material)
        {
            return;
        }

        if (_present is not null && !_present.Materials.IsEmpty)
        {
            KeyMaterial? same = _plan.State.MaterialIds.TryGetValue((_region, _present.KeyId), out string? id) ? _present.FindMaterial(id) : null;
            if (same is null)
            {
                _plan.Error(material.Position, $"{_present.Arn} has other key material, which an import cannot change.");
                return;
            }

            if (same.ImportState == ImportState.IMPORTED)
            {
                return;
            }
        }

        if (_key.Origin == OriginType.EXTERNAL)
        {
            _plan.Changes.Add(Change(EstateKind.Key, _wanted.Name, EstateAction.Updated, "Import the key material", material.Position) with
            {
                Request = ids => new ImportMaterial(ids[_wanted], material, _key.KeySpec),
                Needs = [_wanted],
            });
            _key = _key with
            {
                Materials = [new KeyMaterial { KeyMaterialId = "", State = KeyMaterialState.CURRENT, CreationDate = default }],
                IsEnabled = true,
            };
        }
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
            Tag? present = _present.Tags.FirstOrDefault(present => present.TagKey == tag.Key);
            if (present?.TagValue != tag.Value)
            {
                AddUpdate(EstateKind.Tag, tag.Key, present is null ? $"Add the tag '{tag.Key}'" : $"Change the tag '{tag.Key}'", tag.Position, "TagResource", keyId =>
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
            SourcePosition reserved = _wanted.Tags.FirstOrDefault(static tag => tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))?.Position ?? _wanted.Tags[^1].Position;
            _plan.Check(reserved, () => KeyTags.Require(tags, _plan.State.Quotas[QuotaName.TagsPerKey]));
        }
    }

    private void AddPolicy()
    {
        if (_present is null || _wanted.Policy is not { } policy || !CheckPolicy() || KeyPolicyDocument.IsSame(policy.Value, _present.Policy))
        {
            return;
        }

        AddUpdate(EstateKind.Policy, _wanted.Name, "Replace the key policy", policy.Position, "PutKeyPolicy", keyId => new PutKeyPolicyRequest
        {
            KeyId = keyId,
            Policy = policy.Value,
            BypassPolicyLockoutSafetyCheck = _wanted.BypassPolicyLockoutSafetyCheck?.Value,
        });
    }

    private bool CheckPolicy() => _wanted.Policy is not { } policy || _plan.Check(policy.Position, () =>
    {
        KeyPolicyDocument document = KeyPolicyDocument.Parse(policy.Value);
        if (_wanted.BypassPolicyLockoutSafetyCheck is not { Value: true } && !document.Allows(_plan.State.CallerArn, "kms:PutKeyPolicy", _key.Arn))
        {
            throw KmsErrors.PolicyLocksOut();
        }
    });

    private void AddAliases()
    {
        foreach (Located<string> alias in _wanted.Aliases)
        {
            if (!_plan.Check(alias.Position, () => AliasNames.Require(alias.Value)) || ReferenceEquals(alias, _aliasOfCreation))
            {
                continue;
            }

            if (!_plan.State.Aliases.TryGetValue((_region, alias.Value), out string? target))
            {
                AddUpdate(EstateKind.Alias, alias.Value, $"Create the alias {alias}", alias.Position, "CreateAlias", keyId =>
                    new CreateAliasRequest { AliasName = alias.Value, TargetKeyId = keyId }, EstateAction.Created);
            }
            else if (target != _present?.KeyId)
            {
                AddUpdate(EstateKind.Alias, alias.Value, $"Move the alias {alias} from the key {target}", alias.Position, "UpdateAlias", keyId =>
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
            AddWaiting(_isReplica ? EstateKind.Replica : EstateKind.Key, _wanted.Name, enabled ? "Enable the key" : "Disable the key", position);
            return;
        }

        AddUpdate(_isReplica ? EstateKind.Replica : EstateKind.Key, _wanted.Name, enabled ? "Enable the key" : "Disable the key", position, enabled ? "EnableKey" : "DisableKey", keyId =>
            enabled ? new EnableKeyRequest { KeyId = keyId } : new DisableKeyRequest { KeyId = keyId });
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
            AddUpdate(EstateKind.Rotation, _wanted.Name, period is null ? "Turn automatic rotation off" : $"Rotate every {period} days", rotation.Position,
                period is null ? "DisableKeyRotation" : "EnableKeyRotation", keyId =>
                period is null ? new DisableKeyRotationRequest { KeyId = keyId } : new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = period });
        }
    }

    private void AddGrants()
    {
        ImmutableArray<Grant> present = _present is null ? [] : _plan.State.Grants.GetValueOrDefault((_region, _present.KeyId), []);
        foreach (EstateGrant wanted in _wanted.Grants)
        {
            Grant? asked = null;
            if (!_plan.Check(error => Blame(wanted, error), wanted.Position, () =>
                {
                    asked = Asked(wanted);
                    GrantRules.RequireFits(_key, asked);
                })
                || present.Any(grant => GrantIdentity(grant) == GrantIdentity(asked!)))
            {
                continue;
            }

            if (wanted.Name is { } name && present.FirstOrDefault(grant => grant.Name == name.Value) is { } other)
            {
                _plan.Error(name.Position, $"{_present!.Arn} has a grant {name} that permits something else, and grants cannot be changed. Revoke it (Revoke-KmsGrant, {other.GrantId}) or choose another name.");
                continue;
            }

            string title = wanted.Name?.Value ?? asked!.Grantee.Name;
            if (Waits)
            {
                AddWaiting(EstateKind.Grant, title, "Create the grant", wanted.Position);
                continue;
            }

            AddUpdate(EstateKind.Grant, title, $"Create the grant to {asked!.Grantee.Name}", wanted.Position, "CreateGrant", keyId => new CreateGrantRequest
            {
                KeyId = keyId,
                Name = wanted.Name?.Value,
                GranteePrincipal = wanted.Grantee?.Value,
                GranteeServicePrincipal = wanted.GranteeService?.Value,
                RetiringPrincipal = wanted.Retiring?.Value,
                RetiringServicePrincipal = wanted.RetiringService?.Value,
                Operations = [.. wanted.Operations.Select(static operation => operation.Value.ToString())],
                Constraints = wanted.Constraints?.Value,
            }, EstateAction.Created, error => Blame(wanted, error));
        }
    }

    // The rules that CreateGrant has for a request on its own.
    private Grant Asked(EstateGrant wanted) => new()
    {
        Region = _region,
        KeyId = "",
        GrantId = "",
        CreationDate = default,
        Name = wanted.Name?.Value ?? "",
        Grantee = CreateGrant.Grantee(wanted.Grantee?.Value, wanted.GranteeService?.Value),
        Retiring = GrantPrincipal.Of("Retiring", wanted.Retiring?.Value, wanted.RetiringService?.Value),
        Operations = [.. wanted.Operations.Select(static operation => operation.Value).Distinct()],
        Constraints = GrantRules.Constraints(wanted.Constraints?.Value),
    };

    // Grants without a name have no digest of their own.
    private static string GrantIdentity(Grant grant) => (grant.Name.Length > 0 ? grant : grant with { Name = "\0" }).RequestDigest!;

    private void AddReplicas()
    {
        foreach (EstateKey wanted in _wanted.Replicas)
        {
            string region = wanted.Region!.Value;
            Key? present = _present is null ? null : _plan.State.Keys.GetValueOrDefault((region, _present.KeyId));
            Key future = _key with { Region = region, MultiRegionKeyType = MultiRegionKeyType.REPLICA, IsEnabled = true, Rotation = null };
            var replica = new EstateKeyPlanner(_plan, wanted, present, present ?? future, isReplica: true);
            replica.AddAsReplica(this);
        }
    }

    private void AddAsReplica(EstateKeyPlanner primary)
    {
        if (_region == primary._region)
        {
            _plan.Error(_wanted.Region!.Position, $"The primary key itself is in {_region}.");
            return;
        }

        if (!primary._key.MultiRegion)
        {
            _plan.Error(_wanted.Position, "Only a multi-Region key can have replicas: add 'multiRegion: true' to it.");
            return;
        }

        if (_present is null && primary.Waits)
        {
            AddWaiting(EstateKind.Replica, primary._wanted.Name, $"Replicate the key to {_region}", _wanted.Position);
            return;
        }

        int before = _plan.Changes.Count;
        int errors = _plan.Errors.Count;
        if (_present is null)
        {
            CheckPolicy();
            CheckTags();
            _plan.Check(_wanted.Region!.Position, () => KeyStateTable.Require("ReplicateKey", primary._key));
            _plan.Changes.Add(Change(EstateKind.Replica, primary._wanted.Name, EstateAction.Created, $"Replicate the key to {_region}", _wanted.Position) with
            {
                Region = primary._region,
                Request = ids => new ReplicateKeyRequest
                {
                    KeyId = ids[primary._wanted],
                    ReplicaRegion = _region,
                    Description = _wanted.Description?.Value,
                    Policy = _wanted.Policy?.Value,
                    BypassPolicyLockoutSafetyCheck = _wanted.BypassPolicyLockoutSafetyCheck?.Value,
                    Tags = _wanted.Tags.IsEmpty ? null : [.. _wanted.Tags.Select(static tag => new Tag { TagKey = tag.Key, TagValue = tag.Value })],
                },
                Needs = [primary._wanted],
                Blame = Blame,
            });
        }
        else
        {
            RequireUnchangeable();
        }

        if (_plan.Errors.Count == errors)
        {
            AddMaterialOf(primary);
            AddSettings();
            if (_wanted.Enabled is { Value: false })
            {
                AddState(enabled: false);
            }
        }

        if (_plan.Changes.Count == before && _plan.Errors.Count == errors)
        {
            _plan.Changes.Add(Change(EstateKind.Replica, primary._wanted.Name, EstateAction.Unchanged, "Nothing to do", _wanted.Position));
        }
    }

    // Imported material is never copied to replicas: each gets the same bytes.
    private void AddMaterialOf(EstateKeyPlanner primary)
    {
        if (primary is { _key.Origin: OriginType.EXTERNAL, _wanted.Material: { } material } && (_present is null || _present.LacksMaterial))
        {
            _plan.Changes.Add(Change(EstateKind.Replica, primary._wanted.Name, EstateAction.Updated, $"Import the key material in {_region}", material.Position) with
            {
                Request = ids => new ImportMaterial(ids[_wanted], material, _key.KeySpec),
                Needs = [_wanted],
            });
            _key = _key with { Materials = primary._key.Materials, IsEnabled = true };
        }
    }

    private void AddUpdate(
        EstateKind kind, string name, string description, SourcePosition position, string operation, Func<string, object> request,
        EstateAction action = EstateAction.Updated, Func<KmsException, SourcePosition>? blame = null)
    {
        _plan.Check(position, () => KeyStateTable.Require(operation, _key));
        _plan.Changes.Add(Change(kind, name, action, description, position) with
        {
            Request = ids => request(ids[_wanted]),
            Needs = [_wanted],
            Blame = blame,
        });
    }

    private void AddWaiting(EstateKind kind, string name, string description, SourcePosition position) => _plan.Changes.Add(
        Change(kind, name, EstateAction.Waiting, $"{description}: waits for the key material", position));

    private EstateChange Change(EstateKind kind, string name, EstateAction action, string description, SourcePosition position) => new()
    {
        Kind = kind,
        Name = name,
        Action = action,
        Region = _region,
        Description = description,
        Target = _present?.Arn is { } arn ? (_wanted.Aliases is [var first, ..] ? $"{arn} ({first})" : arn)
            : _isReplica ? $"replica in {_region} of {_key.KeyId}"
            : $"key {_wanted.Name}",
        Position = position,
        Owner = _wanted,
    };

    // The member that an error of CreateKey or ReplicateKey is about.
    private SourcePosition Blame(KmsException error) => error.ErrorCode switch
    {
        "MalformedPolicyDocumentException" => _wanted.Policy?.Position,
        "TagException" => _wanted.Tags is [var tag, ..] ? tag.Position : null,
        "IncorrectKeyMaterialException" => _wanted.Material?.Position,
        "CustomKeyStoreInvalidStateException" or "CustomKeyStoreNotFoundException" or "KMSInvalidStateException" => (_wanted.KeyStore ?? _wanted.Region)?.Position,
        "AlreadyExistsException" => (_wanted.Id ?? _wanted.Region)?.Position,
        "UnsupportedOperationException" => (SourcePosition?)_wanted.Spec?.Position ?? _wanted.Origin?.Position,
        _ => MemberIn(error.Message) switch
        {
            "description" => _wanted.Description?.Position,
            "policy" => _wanted.Policy?.Position,
            "tags" => _wanted.Tags is [var tag, ..] ? tag.Position : null,
            "aliasName" => _wanted.Aliases is [var alias, ..] ? alias.Position : null,
            "replicaRegion" => _wanted.Region?.Position,
            "customKeyStoreId" => _wanted.KeyStore?.Position,
            _ when error.Message.Contains("KeyUsage", StringComparison.Ordinal) => _wanted.Usage?.Position ?? _wanted.Spec?.Position,
            _ when error.Message.Contains("KeySpec", StringComparison.Ordinal) => _wanted.Spec?.Position,
            _ when error.Message.Contains("Origin", StringComparison.Ordinal) => _wanted.Origin?.Position ?? _wanted.KeyStore?.Position,
            _ => null,
        },
    } ?? _wanted.Position;

    private static SourcePosition Blame(EstateGrant grant, KmsException error) => MemberIn(error.Message) switch
    {
        "name" => grant.Name?.Position,
        "granteePrincipal" => grant.Grantee?.Position,
        "granteeServicePrincipal" => grant.GranteeService?.Position,
        "retiringPrincipal" => grant.Retiring?.Position,
        "retiringServicePrincipal" => grant.RetiringService?.Position,
        "constraints" => grant.Constraints?.Position,
        _ when error.ErrorCode == "InvalidArnException" => (grant.Grantee is { } grantee && error.Message.EndsWith(grantee.Value, StringComparison.Ordinal) ? grantee : grant.Retiring)?.Position,
        _ when error.Message.Contains("Operation ", StringComparison.Ordinal) => grant.Operations.FirstOrDefault(operation => error.Message.Contains($"Operation {operation} ", StringComparison.Ordinal))?.Position,
        _ when error.Message.Contains("constraint", StringComparison.Ordinal) => grant.Constraints?.Position,
        _ => null,
    } ?? grant.Position;

    private static string MemberIn(string message) => MemberPattern().Match(message).Groups[1].Value;

    [GeneratedRegex("at '([A-Za-z]+)")]
    private static partial Regex MemberPattern();
}
