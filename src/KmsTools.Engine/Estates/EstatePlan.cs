using System.Collections.Immutable;

namespace KmsTools.Estates;

/// <summary>
/// What an import does, in order: a pure function of the estate and of the state of the store. Nothing in a plan deletes anything.
/// </summary>
internal sealed record EstatePlan
{
    /// <summary>The changes, in the order in which they are made, and what is unchanged or waiting.</summary>
    public required ImmutableArray<EstateChange> Changes { get; init; }

    /// <summary>Why the estate cannot be applied. As long as any error exists, no change is made.</summary>
    public required ImmutableArray<EstateError> Errors { get; init; }

    /// <summary>The IDs of the parts of the estate that already exist in the store.</summary>
    public required EstateIds Ids { get; init; }

    /// <summary>Creates the plan.</summary>
    public static EstatePlan Make(Estate estate, EstateState state)
    {
        EstatePlanBuilder plan = new(estate, state);

        // First, because a proxy is asked when its key store is created or connected.
        foreach (EstateProxyAddress address in Unique(
            plan,
            estate.ProxyAddresses,
            static address => address.Host.Value.ToLowerInvariant(),
            static address => address.Host.Position,
            "host"))
        {
            EstateProxyPlanner.Add(plan, address);
        }

        foreach (EstateVpcEndpointService service in Unique(
            plan,
            estate.VpcEndpointServices,
            static service => service.Name.Value,
            static service => service.Name.Position,
            "VPC endpoint service"))
        {
            EstateProxyPlanner.Add(plan, service);
        }

        foreach (EstateCluster cluster in Unique(
            plan,
            estate.Clusters,
            static cluster => cluster.Id.Value,
            static cluster => cluster.Id.Position,
            "cluster"))
        {
            EstateClusterPlanner.Add(plan, cluster);
        }

        foreach (EstateKeyStore store in Unique(
            plan, estate.KeyStores, store => (plan.RegionOf(store.Region), store.Name.Value), static store => store.Name
                .Position, "custom key store"))
        {
            EstateKeyStorePlanner.Add(plan, store);
        }

        RequireDifferentKeys(plan, estate);
        foreach (EstateKey key in estate.Keys)
        {
            EstateKeyPlanner.Add(plan, key);
        }

        foreach (EstateAlarm alarm in Unique(
            plan,
            estate.Alarms,
            static alarm => alarm.Name.Value,
            static alarm => alarm.Name.Position,
            "alarm"))
        {
            EstateAlarmPlanner.Add(plan, alarm);
        }

        foreach (EstateKeyStore store in estate.KeyStores)
        {
            EstateKeyStorePlanner.Finish(plan, store);
        }

        // Last, because the caller may have fewer permissions afterwards. Groups come before their users.
        foreach (EstatePrincipal principal in Unique(
            plan,
            estate.Principals.OrderBy(static principal => principal.Type != PrincipalType.Group),
            static principal => (principal.Type, principal.Name.Value.ToUpperInvariant()),
            static principal => principal.Name.Position,
            "principal"))
        {
            EstatePrincipalPlanner.Add(plan, principal);
        }

        if (estate.Authorization is { } authorization)
        {
            EstatePrincipalPlanner.Add(plan, authorization);
        }

        CheckShapes(plan, estate);
        return new EstatePlan { Changes = [.. plan.Changes], Errors = [.. plan.Errors], Ids = plan.Ids };
    }

    private static IEnumerable<T> Unique<T, TName>(
        EstatePlanBuilder plan, IEnumerable<T> parts, Func<T, TName> name, Func<T, SourcePosition> position, string kind)
        where TName : notnull
    {
        Dictionary<TName, T> seen = new();
        foreach (T part in parts)
        {
            if (seen.TryAdd(name(part), part))
            {
                yield return part;
            }
            else
            {
                plan.Error(position(part), $"This {kind} is described already, in line {position(seen[name(part)]).Line}.");
            }
        }
    }

    private static void RequireDifferentKeys(EstatePlanBuilder plan, Estate estate)
    {
        Dictionary<(string, string), SourcePosition> aliases = new();
        Dictionary<(string, string), SourcePosition> ids = new();
        Dictionary<(string Region, string KeyStore, string XksKeyId), SourcePosition> externalKeys = new();
        foreach (EstateKey key in estate.Keys)
        {
            Note(plan.RegionOf(key.Region), key);
            NoteExternalKey(plan.RegionOf(key.Region), key);
            foreach (EstateKey replica in key.Replicas)
            {
                Note(plan.RegionOf(replica.Region), replica);
            }

            if (key.Replicas.GroupBy(static replica => replica.Region!.Value)
                .FirstOrDefault(static group => group.Count() > 1) is { } twice)
            {
                plan.Error(twice.Last().Position, $"There is a replica in {twice.Key} already: a Region has one of the related keys.");
            }
        }

        void NoteExternalKey(string region, EstateKey key)
        {
            if (key.XksKeyId is { } external && (key.KeyStore?.Value ?? plan.Find(key)?.CustomKeyStore?.Name) is { } keyStore
                && !externalKeys.TryAdd((region, keyStore, external.Value), external.Position))
            {
                plan.Error(
                    external.Position,
                    $"The external key {external} of {keyStore} is that of the key in line "
                        + $"{externalKeys[(region, keyStore, external.Value)].Line}. Each key has its own.");
            }
        }

        void Note(string region, EstateKey key)
        {
            if (key.Id is { } id && !ids.TryAdd((region, id.Value), id.Position))
            {
                plan.Error(id.Position, $"The key {id.Value} is described already, in line {ids[(region, id.Value)].Line}.");
            }

            foreach (Located<string> alias in key.Aliases)
            {
                if (!aliases.TryAdd((region, alias.Value), alias.Position))
                {
                    plan.Error(alias.Position, $"The alias {alias.Value} is given already, in line {aliases[(region, alias.Value)].Line}.");
                }
            }
        }
    }

    // Errors that AWS reports about the members of a request are reported before the first request is made.
    private static void CheckShapes(EstatePlanBuilder plan, Estate estate)
    {
        EstateIds ids = EstateIds.StandIns(
            plan.Ids, [.. estate.Clusters, .. estate.KeyStores, .. estate.Keys, .. estate.Keys.SelectMany(static key => key.Replicas)]);
        foreach (EstateChange change in plan.Changes)
        {
            foreach (EstateStep step in change.Steps)
            {
                plan.Check(change.Blame, change.Position, () => step.Check(ids));
            }
        }
    }
}

/// <summary>A plan that is being created.</summary>
internal sealed class EstatePlanBuilder(Estate estate, EstateState state)
{
    /// <summary>The estate.</summary>
    public Estate Estate => estate;

    /// <summary>The state that the plan starts from.</summary>
    public EstateState State => state;

    /// <summary>The changes so far.</summary>
    public List<EstateChange> Changes { get; } = [];

    /// <summary>The errors so far.</summary>
    public List<EstateError> Errors { get; } = [];

    /// <summary>The parts that are in the store.</summary>
    public EstateIds Ids { get; } = new();

    /// <summary>The custom key stores that are connected or connecting at this point of the plan.</summary>
    public HashSet<EstateKeyStore> Connected { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>The keys of the store that keys of the estate refer to, by Region and ID.</summary>
    public Dictionary<(string Region, string KeyId), EstateKey> Meant { get; } = [];

    /// <summary>The key of the store that a key of the estate refers to, or null when it does not exist yet.</summary>
    public Key? Find(EstateKey key)
    {
        string region = RegionOf(key.Region);
        string? keyId = key.Id is { } id ? id.Value
            : key.Aliases is [var first, ..] ? state.Aliases.GetValueOrDefault((region, first.Value))
            : null;
        return keyId is null ? null : state.Keys.GetValueOrDefault((region, keyId));
    }

    /// <summary>The custom key store of the estate with this name, or null.</summary>
    public EstateKeyStore? FindKeyStore(string region, string name) =>
        estate.KeyStores.FirstOrDefault(store => store.Name.Value == name && RegionOf(store.Region) == region);

    /// <summary>Whether the custom key store with this name, of the estate or of the store, is an external key store.</summary>
    public bool IsExternal(string region, string name) => FindKeyStore(region, name) is { } part
        ? part.Proxy is not null
        : state.KeyStores.GetValueOrDefault((region, name)) is { IsExternal: true };

    /// <summary>Where the material of a new key comes from: as it says, or as follows from its custom key store.</summary>
    public OriginType OriginOf(EstateKey key) => key.Origin?.Value
        ?? (key.KeyStore is not { } store ? OriginType.AWS_KMS
            : IsExternal(RegionOf(key.Region), store.Value) ? OriginType.EXTERNAL_KEY_STORE
            : OriginType.AWS_CLOUDHSM);

    /// <summary>The Region of a part.</summary>
    public string RegionOf(Located<string>? region) => region?.Value ?? state.Store.Region;

    /// <summary>Adds an error.</summary>
    public void Error(SourcePosition position, string message, ErrorCause cause = ErrorCause.None) =>
        Errors.Add(new EstateError(position, message, Cause: cause));

    /// <summary>Adds the error that a rule throws, if it does.</summary>
    public bool Check(SourcePosition position, Action rule) => Check(null, position, rule);

    /// <summary>Adds the error that a rule throws, if it does.</summary>
    public bool Check(Func<KmsException, SourcePosition>? blame, SourcePosition position, Action rule)
    {
        try
        {
            rule();
            return true;
        }
        catch (KmsException exception)
        {
            EstateError found = Of(exception, blame?.Invoke(exception) ?? position);
            if (!Errors.Contains(found))
            {
                Errors.Add(found);
            }

            return false;
        }
        catch (ArgumentException exception)
        {
            Errors.Add(Of(exception, position));
            return false;
        }
    }

    /// <summary>The error of a call. AWS leaves some messages empty.</summary>
    public static EstateError Of(KmsException error, SourcePosition position) =>
        new(position, error.Message.Length == 0 ? error.ErrorCode : $"{error.ErrorCode}: {error.Message}", error.ErrorCode);

    /// <summary>The error of a rule that is not an AWS rule. The name of a parameter means nothing for a file.</summary>
    public static EstateError Of(ArgumentException error, SourcePosition position) =>
        new(position, error.ParamName is null
            ? error.Message
            : error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal));
}
