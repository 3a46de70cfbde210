using KmsTools.Alarms;
using KmsTools.Identifiers;

namespace KmsTools.Estates;

/// <summary>Plans alarms, once what they watch is planned.</summary>
internal static class EstateAlarmPlanner
{
    /// <summary>Creates an alarm, or makes an existing one watch what is described.</summary>
    public static void Add(EstatePlanBuilder plan, EstateAlarm alarm)
    {
        int errors = plan.Errors.Count;
        int threshold = 0;
        plan.Check(alarm.Name.Position, () => AlarmRules.RequireName(alarm.Name.Value));
        plan.Check(
            alarm.Threshold?.Position ?? alarm.Position, () => threshold = AlarmRules.RequireThreshold(
                alarm.Event.Value,
                alarm.Threshold?.Value));
        Target target = alarm.Key is { } key
            ? OfKey(plan, alarm, key)
            : alarm.KeyStore is { } store ? OfKeyStore(plan, alarm, store) : new Target();
        if (plan.Errors.Count > errors)
        {
            return;
        }

        string? region = alarm.Key is null && alarm.KeyStore is null ? null : plan.RegionOf(alarm.Region);
        Alarm? present = plan.State.Alarms.GetValueOrDefault(alarm.Name.Value);
        AlarmDefinition definition = new(
            alarm.Event.Value, threshold, region, target.IsKeyStore ? null : target.KnownId, target.IsKeyStore ? target.KnownId : null);
        string watched = $"{alarm.Event} of {alarm.Key ?? alarm.KeyStore ?? new Located<string>("all")} (threshold: {threshold})";
        EstateChange change = new()
        {
            Kind = EstateKind.Alarm,
            Name = alarm.Name.Value,
            Action = present is null ? EstateAction.Created : EstateAction.Updated,
            Region = region,
            Description = present is null ? $"Make an alarm on {watched}" : $"Have the alarm watch {watched}",
            Target = $"alarm {alarm.Name}",
            Position = alarm.Position,
            Owner = alarm,
        };
        if (Waits(plan, target))
        {
            plan.Changes
                .Add(change with { Action = EstateAction.Waiting, Description = $"{change.Description}: waits for the key material" });
        }
        else if (present is not null && target.IsThere && definition == AlarmDefinition.Of(present))
        {
            plan.Changes.Add(change with { Action = EstateAction.Unchanged, Description = "Nothing to do" });
        }
        else
        {
            plan.Changes.Add(change with
            {
                Steps = [new SetAlarmStep(alarm.Name.Value, definition, target.IsThere ? null : target.Part)],
                Needs = target.Part is null ? [] : [target.Part],
            });
        }
    }

    // A key of the estate takes precedence over one of the store: an alias may be about to move to it.
    private static Target OfKey(EstatePlanBuilder plan, EstateAlarm alarm, Located<string> wanted)
    {
        string region = plan.RegionOf(alarm.Region);
        (EstateKey? part, EstateKey? primary) = Described(plan, region, wanted.Value);
        string? keyId = part is not null ? plan.Ids.Find(part) : IdOf(plan, region, wanted);
        Key? present = keyId is null ? null : plan.State.Keys.GetValueOrDefault((region, keyId));
        if (part is null && present is null)
        {
            plan.Check(wanted.Position, () => throw NotFound(plan, region, wanted.Value));
            return new Target();
        }

        OriginType origin = present?.Origin ?? plan.OriginOf(primary!);
        bool isInKeyStore = present is not null ? present.CustomKeyStoreId is not null : primary!.KeyStore is not null;
        if (!plan.Check(wanted.Position, () => AlarmRules.RequireFit(alarm.Event.Value, present?.Arn ?? part!.Name, origin, isInKeyStore)))
        {
            return new Target();
        }

        return !AlarmRules.IsOfKeyStore(alarm.Event.Value) ? new Target(part, keyId)
            : present is not null ? new Target(null, present.CustomKeyStoreId, IsKeyStore: true)
            : OfKeyStore(plan, alarm, primary!.KeyStore!);
    }

    private static Target OfKeyStore(EstatePlanBuilder plan, EstateAlarm alarm, Located<string> name)
    {
        string region = plan.RegionOf(alarm.Region);
        if (!AlarmRules.IsOfKeyStore(alarm.Event.Value))
        {
            plan.Error(name.Position, $"{alarm.Event} does not happen to custom key stores: give a key, or nothing for all. The events "
                + "KeyStoreFailed and ProxyCertificateExpiring have a keyStore.");
            return new Target();
        }

        EstateKeyStore? part = plan.FindKeyStore(region, name.Value);
        string? id = plan.State.KeyStores.GetValueOrDefault((region, name.Value))?.CustomKeyStoreId;
        if (part is null && id is null)
        {
            plan.Error(name.Position, $"Custom key store {name} was not found in {region}, neither under keyStores nor in the store.");
        }
        else if (alarm.Event.Value == AlarmEvent.ProxyCertificateExpiring && !plan.IsExternal(region, name.Value))
        {
            plan.Error(name.Position, $"Custom key store {name} has no proxy: it is not an external key store.");
        }

        return new Target(part, id, IsKeyStore: true);
    }

    // The key or replica of the estate, and the key that determines its origin.
    private static (EstateKey? Part, EstateKey? Primary) Described(EstatePlanBuilder plan, string region, string wanted)
    {
        foreach (EstateKey key in plan.Estate.Keys)
        {
            foreach (EstateKey part in key.Replicas.Prepend(key))
            {
                if (plan.RegionOf(part.Region) == region && (key.Id?.Value == wanted || part.Aliases.Any(alias => alias.Value == wanted)))
                {
                    return (part, key);
                }
            }
        }

        return (null, null);
    }

    private static string? IdOf(EstatePlanBuilder plan, string region, Located<string> wanted) =>
        IsAlias(wanted.Value) ? plan.State.Aliases.GetValueOrDefault((region, wanted.Value)) : wanted.Value;

    private static bool IsAlias(string wanted) => AliasName.HasPrefix(wanted);

    private static Exception NotFound(EstatePlanBuilder plan, string region, string wanted) =>
        KmsArn.HasPrefix(wanted)
            ? new ArgumentException("An ARN is that of one store. Give the ID of the key or one of its aliases, and its region.")
            : IsAlias(wanted) ? KmsErrors.AliasNotFound(KeyIdentifier.AliasArn(region, plan.State.Store.AccountId, wanted))
        : KeyArn.IsKeyId(wanted) ? KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(region, plan.State.Store.AccountId, wanted))
        : KmsErrors.InvalidKeyId(wanted);

    // A replica of a key without material is not created yet.
    private static bool Waits(EstatePlanBuilder plan, Target target) => target.Part is EstateKey part && !target.IsThere
        && !plan.Changes.Any(change => ReferenceEquals(change.Owner, part)
            && change is { Kind: EstateKind.Key or EstateKind.Replica, Action: EstateAction.Created });

    /// <summary>What an alarm watches; everything when nothing is given.</summary>
    /// <param name="Part">The part of the estate that it is, or null.</param>
    /// <param name="KnownId">Its ID in the store; null when it does not exist yet.</param>
    /// <param name="IsKeyStore">Whether it is a custom key store, not a key.</param>
    private sealed record Target(EstatePart? Part = null, string? KnownId = null, bool IsKeyStore = false)
    {
        public bool IsThere => Part is null || KnownId is not null;
    }
}
