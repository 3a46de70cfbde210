using System.Collections;
using System.Globalization;
using KmsTools.KeyStores;
using KmsTools.Operations;

namespace KmsTools;

/// <summary>
/// The computed values of the views of <c>KmsTools.Format.ps1xml</c>. Pure functions of the value shown; a value that is absent returns an
/// empty text. None of them returns the bytes of keys, plaintexts or ciphertexts. Dates are shown in UTC, in the same format in every
/// culture. Only those in Views.Live.cs read the store.
/// </summary>
public static partial class Views
{
    private const int AbbreviationLength = 12;

    /// <summary>A date in UTC: year, month, day.</summary>
    /// <param name="utc">The time (UTC), or null.</param>
    public static string Date(DateTime? utc) => Utc(utc, "yyyy-MM-dd");

    /// <summary>A time in UTC, to the minute.</summary>
    /// <param name="utc">The time (UTC), or null.</param>
    public static string Minute(DateTime? utc) => Utc(utc, "yyyy-MM-dd HH:mm'Z'");

    /// <summary>A time in UTC, to the second.</summary>
    /// <param name="utc">The time (UTC), or null.</param>
    public static string Time(DateTime? utc) => Utc(utc, "yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>A time in local time, to the second, with its distance from UTC.</summary>
    /// <param name="utc">The time (UTC), or null.</param>
    public static string LocalTime(DateTime? utc) => Utc(utc?.ToLocalTime(), "yyyy-MM-dd HH:mm:ss zzz");

    /// <summary>A span of time, rounded up to seconds.</summary>
    /// <param name="span">The span, or null.</param>
    public static string Duration(TimeSpan? span) =>
        span is null ? "" : TimeSpan.FromSeconds(Math.Ceiling(span.Value.TotalSeconds)).ToString("c", CultureInfo.InvariantCulture);

    /// <summary>The ID of a key: the part after <c>:key/</c> in an ARN. Any other text is shown whole.</summary>
    /// <param name="keyIdOrArn">The ID or the ARN, or null.</param>
    public static string KeyId(string? keyIdOrArn)
    {
        const string Marker = ":key/";
        string text = Text(keyIdOrArn);
        int marker = text.LastIndexOf(Marker, StringComparison.OrdinalIgnoreCase);
        return marker < 0 ? text : text[(marker + Marker.Length)..];
    }

    /// <summary>The Region in an ARN, its fourth part; empty if there is none.</summary>
    /// <param name="arn">The ARN, or null.</param>
    public static string Region(string? arn) => arn?.Split(':') is [_, _, _, { } region, ..] ? Text(region) : "";

    /// <summary>The first 12 characters of a long identifier, followed by dots; a shorter one unchanged.</summary>
    /// <param name="identifier">The identifier, or null.</param>
    public static string Abbreviation(string? identifier) =>
        Text(identifier is { Length: > AbbreviationLength } ? identifier[..AbbreviationLength] + "..." : identifier);

    /// <summary>The number of bytes of a blob, never the bytes.</summary>
    /// <param name="blob">The blob, or what CLIXML or a job has made of it; null if there is none.</param>
    public static string Bytes(object? blob) => blob switch
    {
        KmsBlob bytes => bytes.Size,
        string text => KmsBlob.SizeOf(text),
        _ => "",
    };

    /// <summary>Values on one line, separated by commas.</summary>
    /// <param name="values">The values, or null.</param>
    public static string List(IEnumerable? values) =>
        values is null ? "" : string.Join(", ", values.Cast<object?>().Select(static value => Text(value?.ToString())));

    /// <summary>Values on separate lines.</summary>
    /// <param name="values">The values, or null.</param>
    public static string Lines(IEnumerable? values) => values is null
        ? ""
        : string.Join(Environment.NewLine, values.Cast<object?>().Select(static value => Document(value?.ToString())));

    /// <summary>The number of entries in a list.</summary>
    /// <param name="values">The list, or null for none.</param>
    public static string Count(IEnumerable? values) =>
        (values?.Cast<object?>().Count() ?? 0) is var count && count == 1 ? "1 entry" : $"{count} entries";

    /// <summary>Names with their values, as <c>name = 'value'</c>.</summary>
    /// <param name="pairs">The encryption context, or null.</param>
    public static string Pairs(object? pairs) =>
        string.Join(", ", new Shown(pairs).Pairs.Select(static pair => $"{Text(pair.Key.Text)} = '{Text(pair.Value.Text)}'"));

    /// <summary>Names with their values, as <c>name=value</c>, as on a command line.</summary>
    /// <param name="pairs">The encryption context, or null.</param>
    public static string Settings(object? pairs) =>
        string.Join(", ", new Shown(pairs).Pairs.Select(static pair => $"{Text(pair.Key.Text)}={Text(pair.Value.Text)}"));

    /// <summary>Tags, as <c>key = 'value'</c>.</summary>
    /// <param name="tags">The tags, or null.</param>
    public static string Tags(object? tags) => Tags(new Shown(tags));

    /// <summary>The type of a multi-Region key, and the Regions of its related keys.</summary>
    /// <param name="related">The multi-Region configuration of the key, or null.</param>
    public static string RelatedKeys(object? related)
    {
        Shown shown = new(related);
        string[] replicas =
        [
            .. shown[nameof(MultiRegionConfiguration.ReplicaKeys)].Items
                .Select(static replica => Text(replica[nameof(MultiRegionKey.Region)].Text)),
        ];
        return shown.IsNull ? ""
            : $"{shown[nameof(MultiRegionConfiguration.MultiRegionKeyType)].Text}; primary in "
                + Text(shown[nameof(MultiRegionConfiguration.PrimaryKey)][nameof(MultiRegionKey.Region)].Text)
                + $", replicas in {(replicas.Length == 0 ? "no Region" : string.Join(", ", replicas))}";
    }

    /// <summary>The ARNs of keys.</summary>
    /// <param name="keys">The related keys of a multi-Region key, or null.</param>
    public static string Arns(object? keys) => List(new Shown(keys).Items.Select(static key => key[nameof(MultiRegionKey.Arn)].Text));

    /// <summary>The grantee of a grant: the principal, or else the AWS service.</summary>
    /// <param name="grant">The grant.</param>
    public static string Grantee(object? grant)
    {
        Shown shown = new(grant);
        return Text(shown[nameof(GrantListEntry.GranteePrincipal)].Text is { Length: > 0 } principal
            ? principal
            : shown[nameof(GrantListEntry.GranteeServicePrincipal)].Text);
    }

    /// <summary>Why an HSM cannot be used; the model of one that can.</summary>
    /// <param name="hsm">The HSM, or null.</param>
    public static string ModelOrReason(object? hsm)
    {
        Shown shown = new(hsm);
        return Text(shown[nameof(HsmDescription.Reason)].Text ?? shown[nameof(HsmDescription.Model)].Text);
    }

    /// <summary>The number of active HSMs of a cluster, as <c>1/2</c>.</summary>
    /// <param name="cluster">The cluster.</param>
    public static string ActiveHsms(object? cluster) => OfAll(new Shown(cluster), "/");

    /// <summary>The number of active HSMs of a cluster, as <c>1 of 2</c>.</summary>
    /// <param name="cluster">The cluster.</param>
    public static string ActiveOfAll(object? cluster) => OfAll(new Shown(cluster), " of ");

    /// <summary>The token labels of HSMs.</summary>
    /// <param name="hsms">The HSMs, or null.</param>
    public static string TokenLabels(object? hsms) =>
        List(new Shown(hsms).Items.Select(static hsm => hsm[nameof(HsmStatus.TokenLabel)].Text));

    /// <summary>Token label, serial number and state of HSMs.</summary>
    /// <param name="hsms">The HSMs, or null.</param>
    public static string Hsms(object? hsms) => List(new Shown(hsms).Items.Select(static hsm =>
        $"{hsm[nameof(HsmStatus.TokenLabel)].Text} {hsm[nameof(HsmStatus.SerialNumber)].Text} {hsm[nameof(HsmStatus.State)].Text}"));

    /// <summary>An upper bound, in words.</summary>
    /// <param name="count">The bound, or null if there is none.</param>
    public static string AtMost(long? count) => count is null ? "" : string.Create(CultureInfo.InvariantCulture, $"at most {count}");

    /// <summary>A duration, in words.</summary>
    /// <param name="seconds">Whole seconds, or null if there is none.</param>
    public static string Seconds(int? seconds) =>
        seconds is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{seconds} second{(seconds == 1 ? "" : "s")}");

    /// <summary>The type of clock that the store of a connection has.</summary>
    /// <param name="connection">The connection.</param>
    public static string ClockKind(object? connection)
    {
        Shown shown = new(connection);
        return !shown[nameof(KmsConnection.IsOpen)].IsTrue ? "closed"
            : shown[nameof(KmsConnection.IsSealed)].IsTrue ? "sealed"
            : shown[nameof(KmsConnection.IsSimulatedClock)].IsTrue ? "simulated" : "real";
    }

    /// <summary>The time of the store of a connection, in local time, and whether its clock stands still.</summary>
    /// <param name="connection">The connection.</param>
    public static string Clock(object? connection)
    {
        Shown shown = new(connection);
        return shown[nameof(KmsConnection.IsOpen)].IsTrue && shown[nameof(KmsConnection.IsSealed)].IsTrue ? "sealed"
            : shown[nameof(KmsConnection.UtcNow)].Time is not { } now ? "closed"
            : shown[nameof(KmsConnection.IsSimulatedClock)].IsTrue ? $"{Time(now)} (simulated: it stands still until Step-KmsClock)"
            : Time(now);
    }

    private static string Tags(Shown tags) => string.Join(
        ", ", tags.Items.Select(static tag => $"{Text(tag[nameof(Tag.TagKey)].Text)} = '{Text(tag[nameof(Tag.TagValue)].Text)}'"));

    private static string OfAll(Shown cluster, string of) => cluster.IsNull ? ""
        : $"{cluster[nameof(HsmClusterDescription.ActiveHsmCount)].Number}{of}{cluster[nameof(HsmClusterDescription.HsmCount)].Number}";

    private static string Utc(DateTime? time, string format) => time?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
