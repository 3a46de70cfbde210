using System.Globalization;
using KmsTools.Persistence;

namespace KmsTools.Alarms;

/// <summary>The result of evaluating an alarm.</summary>
/// <param name="State">The state it should be in.</param>
/// <param name="Reason">The reason for the state.</param>
/// <param name="EventName">The name of the audit events that belong to it.</param>
/// <param name="EventKeyId">The key that those events are about, or null.</param>
internal readonly record struct AlarmFinding(AlarmState State, string Reason, string EventName, string? EventKeyId = null);

/// <summary>The rules for when an alarm is raised. Pure functions of the alarm, the state and the time.</summary>
internal static class AlarmRules
{
    /// <summary>The period over which uses of a key pending deletion are counted.</summary>
    public static readonly TimeSpan UsePeriod = TimeSpan.FromMinutes(5);

    private const int MaxNameLength = 255;
    private const int DefaultDays = 30;

    /// <summary>What AWS advises for XksProxyCertificateDaysToExpire: "Monitoring an external key store", AWS KMS Developer Guide.</summary>
    private const int DefaultCertificateDays = 10;
    private const int MaxThreshold = 1000;

    /// <summary>The longest time for which key material can be valid: ImportKeyMaterial in the AWS KMS API.</summary>
    private const int MaxDays = 365;

    /// <summary>The default threshold of an alarm.</summary>
    public static int DefaultThreshold(AlarmEvent watched) => watched switch
    {
        AlarmEvent.KeyMaterialExpiring => DefaultDays,
        AlarmEvent.ProxyCertificateExpiring => DefaultCertificateDays,
        _ => 1,
    };

    /// <summary>The largest threshold that makes sense.</summary>
    public static int LargestThreshold(AlarmEvent watched) =>
        watched is AlarmEvent.KeyMaterialExpiring or AlarmEvent.ProxyCertificateExpiring ? MaxDays : MaxThreshold;

    /// <summary>Whether the event happens to custom key stores, not to keys.</summary>
    public static bool IsOfKeyStore(AlarmEvent watched) => watched is AlarmEvent.KeyStoreFailed or AlarmEvent.ProxyCertificateExpiring;

    /// <summary>Rejects what is not a valid name of an alarm.</summary>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    public static void RequireName(string name)
    {
        if (name.Length is 0 or > MaxNameLength || name.Any(char.IsControl))
        {
            throw new ArgumentException($"The name of an alarm has 1 to {MaxNameLength} characters.", nameof(name));
        }
    }

    /// <summary>Returns the given threshold, or the default.</summary>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public static int RequireThreshold(AlarmEvent watched, int? threshold)
    {
        int limit = threshold ?? DefaultThreshold(watched);
        return limit < 1 || limit > LargestThreshold(watched)
            ? throw new ArgumentException($"The threshold of {watched} is 1 to {LargestThreshold(watched)}.", nameof(threshold))
            : limit;
    }

    /// <summary>Rejects a key for which the event cannot occur.</summary>
    /// <exception cref="ArgumentException">The event cannot occur for the key.</exception>
    public static void RequireFit(AlarmEvent watched, string key, OriginType origin, bool isInKeyStore)
    {
        if (watched == AlarmEvent.KeyMaterialExpiring && origin != OriginType.EXTERNAL)
        {
            throw new ArgumentException($"{key} has no imported key material that could expire: its origin is {origin}.", nameof(key));
        }

        if (watched is AlarmEvent.KeyStoreFailed or AlarmEvent.OrphanedKeyMaterial && !isInKeyStore)
        {
            throw new ArgumentException($"{key} is not in a custom key store.", nameof(key));
        }

        if (watched == AlarmEvent.OrphanedKeyMaterial && origin == OriginType.EXTERNAL_KEY_STORE)
        {
            throw new ArgumentException(
                $"{key} is in an external key store, where KMS creates no key material: nothing is orphaned there.", nameof(key));
        }

        if (watched == AlarmEvent.ProxyCertificateExpiring && origin != OriginType.EXTERNAL_KEY_STORE)
        {
            throw new ArgumentException($"{key} is not in an external key store.", nameof(key));
        }
    }

    /// <summary>Evaluates the alarm now.</summary>
    public static AlarmFinding Evaluate(Alarm alarm, IStateReader state, DateTimeOffset now) => alarm.Event switch
    {
        AlarmEvent.KeyUsedWhilePendingDeletion => Uses(alarm, now),
        AlarmEvent.KeyMaterialExpiring => Expiry(alarm, state, now),
        AlarmEvent.KeyStoreFailed => FailedStores(alarm, state),
        AlarmEvent.ProxyCertificateExpiring => Certificates(alarm, state, now),
        _ => Orphans(alarm, state),
    };

    /// <summary>Whether a call that was refused because of this key counts for the alarm.</summary>
    public static bool Watches(Alarm alarm, Key key) => alarm.Event == AlarmEvent.KeyUsedWhilePendingDeletion
        && (alarm.KeyId is null || (alarm.KeyId == key.KeyId && alarm.Region == key.Region));

    /// <summary>Whether a call was refused because a key is pending deletion.</summary>
    public static bool IsUseWhilePendingDeletion(KmsException error) =>
        error.Message.EndsWith(" is pending deletion.", StringComparison.Ordinal)
        || error.Message.EndsWith(" is pending replica deletion.", StringComparison.Ordinal);

    private static AlarmFinding Uses(Alarm alarm, DateTimeOffset now)
    {
        int uses = alarm.Uses.Count(time => now - time < UsePeriod);
        return Compare(
            alarm,
            uses,
            string.Create(CultureInfo.InvariantCulture, $"{Count(uses, "call was", "calls were")} refused within "
                + $"{UsePeriod.TotalMinutes:0} minutes because a key is pending deletion"),
            "");
    }

    private static AlarmFinding Expiry(Alarm alarm, IStateReader state, DateTimeOffset now)
    {
        if (state.FindEarliestExpiry(alarm.Region, alarm.KeyId) is not { } expiry)
        {
            return new AlarmFinding(AlarmState.OK, "No imported key material expires.", "ImportKeyMaterial");
        }

        return new AlarmFinding(
            now >= expiry.ValidTo.AddDays(-alarm.Threshold) ? AlarmState.ALARM : AlarmState.OK,
            string.Create(CultureInfo.InvariantCulture, $"Key material of {expiry.KeyId} expires at {expiry.ValidTo:yyyy-MM-dd HH:mm:ss}Z "
                + $"(threshold: {Count(alarm.Threshold, "day", "days")} before)."),
            "ImportKeyMaterial",
            expiry.KeyId);
    }

    private static AlarmFinding FailedStores(Alarm alarm, IStateReader state)
    {
        CustomKeyStore[] failed =
        [
            .. state.ListFailedCustomKeyStores()
                .Where(store => alarm.CustomKeyStoreId is null || store.CustomKeyStoreId == alarm.CustomKeyStoreId),
        ];
        string names = failed.Length == 0
            ? ""
            : ": " + string.Join(", ", failed.Select(static store => $"{store.Name} ({store.ConnectionErrorCode})"));
        return Compare(
            alarm,
            failed.Length,
            $"{Count(failed.Length, "custom key store", "custom key stores")} failed to connect{names}",
            "ConnectCustomKeyStore");
    }

    private static AlarmFinding Certificates(Alarm alarm, IStateReader state, DateTimeOffset now)
    {
        CustomKeyStore? first = state.ListExternalKeyStores()
            .Where(store => store.Proxy!.CertificateNotAfter is not null
                && (alarm.CustomKeyStoreId is null || store.CustomKeyStoreId == alarm.CustomKeyStoreId))
            .MinBy(static store => store.Proxy!.CertificateNotAfter);
        return first?.Proxy is not { CertificateNotAfter: { } end } proxy
            ? new AlarmFinding(AlarmState.OK, "No proxy has shown a certificate.", "ConnectCustomKeyStore")
            : new AlarmFinding(
                now >= end.AddDays(-alarm.Threshold) ? AlarmState.ALARM : AlarmState.OK,
                string.Create(CultureInfo.InvariantCulture, $"The certificate of {proxy.Host}, the proxy of {first.Name}, expires at "
                    + $"{end:yyyy-MM-dd HH:mm:ss}Z (threshold: {Count(alarm.Threshold, "day", "days")} before)."),
                "ConnectCustomKeyStore");
    }

    private static AlarmFinding Orphans(Alarm alarm, IStateReader state)
    {
        StrayKeyMaterial[] orphans =
        [
            .. state.ListStrayKeyMaterial(null).Where(stray => stray.Reason == StrayReason.ORPHANED
                && (alarm.KeyId is null
                    || (stray.Region == alarm.Region && stray.KeyArn.EndsWith('/' + alarm.KeyId, StringComparison.Ordinal)))),
        ];
        return Compare(
            alarm,
            orphans.Length,
            $"{Count(orphans.Length, "key material is", "key materials are")} in HSMs without a key",
            "DeleteKey")
            with { EventKeyId = orphans.LastOrDefault() is { } newest ? KeyIdentifier.KeyIdOf(newest.KeyArn) : null };
    }

    private static AlarmFinding Compare(Alarm alarm, int value, string found, string eventName) => new(
        value >= alarm.Threshold ? AlarmState.ALARM : AlarmState.OK,
        string.Create(CultureInfo.InvariantCulture, $"{found} (threshold: {alarm.Threshold})."),
        eventName);

    private static string Count(int number, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many)}");
}
