using KmsTools.Alarms;
using KmsTools.KeyStores;

namespace KmsTools;

// The state of a store at a glance, and the life of a key.
public static partial class Views
{
    /// <summary>Numbers of keys by state, after their sum.</summary>
    /// <param name="keys">The numbers, or null.</param>
    public static string KeyCounts(object? keys)
    {
        KeyValuePair<Shown, Shown>[] counts =
            [.. new Shown(keys).Pairs.OrderBy(static pair => Enum.TryParse(pair.Key.Text, out KeyState state) ? (int)state : int.MaxValue)];
        return keys is null ? "" : counts.Length == 0 ? "none"
            : $"{counts.Sum(static pair => pair.Value.Number)}: "
                + string.Join(", ", counts.Select(static pair => $"{pair.Value.Number} {Text(pair.Key.Text)}"));
    }

    /// <summary>Key stores with their states, one per line.</summary>
    /// <param name="stores">The key stores, or null.</param>
    public static string KeyStores(object? stores) => Each(stores, static store =>
    {
        long count = store[nameof(KmsKeyStoreStatus.KeyCount)].Number;
        return $"{store[nameof(KmsKeyStoreStatus.CustomKeyStoreName)].Text} ({store[nameof(KmsKeyStoreStatus.CustomKeyStoreId)].Text}): "
            + store[nameof(KmsKeyStoreStatus.ConnectionState)].Text
            + (store[nameof(KmsKeyStoreStatus.ConnectionErrorCode)].Text is { } error ? $" {error}" : "")
            + $", {count} key{(count == 1 ? "" : "s")}";
    });

    /// <summary>Clusters with the states of their HSMs, one per line.</summary>
    /// <param name="clusters">The clusters, or null.</param>
    public static string Clusters(object? clusters) => Each(clusters, static cluster =>
        $"{cluster[nameof(HsmClusterDescription.ClusterId)].Text}: " + string.Join(
            ", ",
            cluster[nameof(HsmClusterDescription.Hsms)].Items.Select(
                static hsm => $"{hsm[nameof(HsmStatus.TokenLabel)].Text} {hsm[nameof(HsmStatus.State)].Text}")));

    /// <summary>The number of keys whose material is lost.</summary>
    /// <param name="count">The number.</param>
    public static string LostKeys(object? count) => new Shown(count).Number switch
    {
        0 => "",
        1 => "1 key whose material no HSM holds",
        long keys => $"{keys} keys whose material no HSM holds",
    };

    /// <summary>Alarms with their reasons, one per line.</summary>
    /// <param name="alarms">The alarms, or null.</param>
    public static string Alarms(object? alarms) => Each(alarms, static alarm =>
        $"{alarm[nameof(AlarmDescription.Name)].Text}: {alarm[nameof(AlarmDescription.StateReason)].Text}");

    /// <summary>Endpoints by their URLs, one per line.</summary>
    /// <param name="endpoints">The endpoints, or null.</param>
    public static string Endpoints(object? endpoints) => Each(endpoints, static endpoint => endpoint[nameof(KmsEndpoint.Url)].Text);

    /// <summary>An event with the number of its repetitions, after its error code if it was refused.</summary>
    /// <param name="entry">The part of a history, or null.</param>
    public static string Event(object? entry)
    {
        Shown shown = new(entry);
        long count = shown[nameof(KmsKeyHistoryEntry.Count)].Number;
        return entry is null ? ""
            : (shown[nameof(KmsKeyHistoryEntry.ErrorCode)].IsNull ? "" : "refused ")
                + Text(shown[nameof(KmsKeyHistoryEntry.EventName)].Text) + (count == 1 ? "" : $" x{count}");
    }

    private static string Each(object? items, Func<Shown, string?> show)
    {
        string?[] lines = [.. new Shown(items).Items.Select(show)];
        return lines.Length > 0 ? string.Join(Environment.NewLine, lines.Select(Text)) : items is null ? "" : "none";
    }
}
