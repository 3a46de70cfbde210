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
    /// <param name="blob">The blob, or null.</param>
    public static string Bytes(KmsBlob? blob) => blob?.Size ?? "";

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
    public static string Pairs(IReadOnlyDictionary<string, string>? pairs) =>
        pairs is null ? "" : string.Join(", ", pairs.Select(static pair => $"{Text(pair.Key)} = '{Text(pair.Value)}'"));

    /// <summary>Names with their values, as <c>name=value</c>, as on a command line.</summary>
    /// <param name="pairs">The encryption context, or null.</param>
    public static string Settings(IReadOnlyDictionary<string, string>? pairs) =>
        pairs is null ? "" : string.Join(", ", pairs.Select(static pair => $"{Text(pair.Key)}={Text(pair.Value)}"));

    /// <summary>Tags, as <c>key = 'value'</c>.</summary>
    /// <param name="tags">The tags, or null.</param>
    public static string Tags(IEnumerable<Tag>? tags) =>
        tags is null ? "" : string.Join(", ", tags.Select(static tag => $"{Text(tag.TagKey)} = '{Text(tag.TagValue)}'"));

    /// <summary>The type of a multi-Region key, and the Regions of its related keys.</summary>
    /// <param name="related">The multi-Region configuration of the key, or null.</param>
    public static string RelatedKeys(MultiRegionConfiguration? related) => related is null
        ? ""
        : $"{related.MultiRegionKeyType}; primary in {Text(related.PrimaryKey.Region)}, replicas in "
            + (related.ReplicaKeys.IsEmpty ? "no Region" : List(related.ReplicaKeys.Select(static replica => replica.Region)));

    /// <summary>The ARNs of keys.</summary>
    /// <param name="keys">The related keys of a multi-Region key, or null.</param>
    public static string Arns(IEnumerable<MultiRegionKey>? keys) =>
        List(keys?.Select(static key => key.Arn));

    /// <summary>The grantee of a grant: the principal, or else the AWS service.</summary>
    /// <param name="grant">The grant.</param>
    public static string Grantee(GrantListEntry grant) =>
        Text(!string.IsNullOrEmpty(grant.GranteePrincipal) ? grant.GranteePrincipal : grant.GranteeServicePrincipal);

    /// <summary>Why an HSM cannot be used; the model of one that can.</summary>
    /// <param name="hsm">The HSM, or null.</param>
    public static string ModelOrReason(HsmDescription? hsm) => Text(hsm?.Reason ?? hsm?.Model);

    /// <summary>The number of active HSMs of a cluster, as <c>1/2</c>.</summary>
    /// <param name="cluster">The cluster.</param>
    public static string ActiveHsms(HsmClusterDescription cluster) => $"{cluster.ActiveHsmCount}/{cluster.HsmCount}";

    /// <summary>The number of active HSMs of a cluster, as <c>1 of 2</c>.</summary>
    /// <param name="cluster">The cluster.</param>
    public static string ActiveOfAll(HsmClusterDescription cluster) => $"{cluster.ActiveHsmCount} of {cluster.HsmCount}";

    /// <summary>The token labels of HSMs.</summary>
    /// <param name="hsms">The HSMs, or null.</param>
    public static string TokenLabels(IEnumerable<HsmStatus>? hsms) =>
        List(hsms?.Select(static hsm => hsm.TokenLabel));

    /// <summary>Token label, serial number and state of HSMs.</summary>
    /// <param name="hsms">The HSMs, or null.</param>
    public static string Hsms(IEnumerable<HsmStatus>? hsms) =>
        List(hsms?.Select(static hsm => $"{hsm.TokenLabel} {hsm.SerialNumber} {hsm.State}"));

    /// <summary>An upper bound, in words.</summary>
    /// <param name="count">The bound, or null if there is none.</param>
    public static string AtMost(long? count) => count is null ? "" : string.Create(CultureInfo.InvariantCulture, $"at most {count}");

    /// <summary>A duration, in words.</summary>
    /// <param name="seconds">Whole seconds, or null if there is none.</param>
    public static string Seconds(int? seconds) =>
        seconds is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{seconds} second{(seconds == 1 ? "" : "s")}");

    /// <summary>The type of clock that the store of a connection has.</summary>
    /// <param name="connection">The connection.</param>
    public static string ClockKind(KmsConnection connection) =>
        !connection.IsOpen ? "closed" : connection.IsSealed ? "sealed" : connection.IsSimulatedClock ? "simulated" : "real";

    /// <summary>The time of the store of a connection, in local time, and whether its clock stands still.</summary>
    /// <param name="connection">The connection.</param>
    public static string Clock(KmsConnection connection) =>
        connection is { IsOpen: true, IsSealed: true } ? "sealed"
        : connection.UtcNow is not { } now ? "closed"
        : connection.IsSimulatedClock ? $"{Time(now)} (simulated: it stands still until Step-KmsClock)"
        : Time(now);

    private static string Utc(DateTime? time, string format) => time?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
