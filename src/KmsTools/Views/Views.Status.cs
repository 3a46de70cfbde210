using KmsTools.Alarms;
using KmsTools.KeyStores;

namespace KmsTools;

// The state of a store at a glance, and the life of a key.
public static partial class Views
{
    /// <summary>Numbers of keys by state, after their sum.</summary>
    /// <param name="keys">The numbers, or null.</param>
    public static string KeyCounts(IReadOnlyDictionary<KeyState, int>? keys) =>
        keys is null ? "" : keys.Count == 0 ? "none"
            : $"{keys.Values.Sum()}: {string.Join(", ", keys.Select(static pair => $"{pair.Value} {pair.Key}"))}";

    /// <summary>Key stores with their states, one per line.</summary>
    /// <param name="stores">The key stores, or null.</param>
    public static string KeyStores(IEnumerable<KmsKeyStoreStatus>? stores) => Each(stores, static store =>
        $"{store.CustomKeyStoreName} ({store.CustomKeyStoreId}): {store.ConnectionState}"
            + (store.ConnectionErrorCode is { } error ? $" {error}" : "")
            + $", {store.KeyCount} key{(store.KeyCount == 1 ? "" : "s")}");

    /// <summary>Clusters with the states of their HSMs, one per line.</summary>
    /// <param name="clusters">The clusters, or null.</param>
    public static string Clusters(IEnumerable<HsmClusterDescription>? clusters) => Each(clusters, static cluster =>
        $"{cluster.ClusterId}: {string.Join(", ", cluster.Hsms.Select(static hsm => $"{hsm.TokenLabel} {hsm.State}"))}");

    /// <summary>Alarms with their reasons, one per line.</summary>
    /// <param name="alarms">The alarms, or null.</param>
    public static string Alarms(IEnumerable<AlarmDescription>? alarms) =>
        Each(alarms, static alarm => $"{alarm.Name}: {alarm.StateReason}");

    /// <summary>Endpoints by their URLs, one per line.</summary>
    /// <param name="endpoints">The endpoints, or null.</param>
    public static string Endpoints(IEnumerable<KmsEndpoint>? endpoints) => Each(endpoints, static endpoint => endpoint.Url);

    /// <summary>An event with the number of its repetitions, after its error code if it was refused.</summary>
    /// <param name="entry">The part of a history, or null.</param>
    public static string Event(KmsKeyHistoryEntry? entry) => entry is null ? ""
        : (entry.ErrorCode is null ? "" : "refused ") + Text(entry.EventName) + (entry.Count == 1 ? "" : $" x{entry.Count}");

    private static string Each<T>(IEnumerable<T>? items, Func<T, string> show)
    {
        string[] lines = [.. (items ?? []).Select(show)];
        return lines.Length > 0 ? string.Join(Environment.NewLine, lines.Select(Text)) : items is null ? "" : "none";
    }
}
