using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Keys;

/// <summary>Which keys a list shows, and in which order: all of it is in the URL.</summary>
internal sealed record KeyQuery
{
    /// <summary>The number of keys on a page.</summary>
    public const int PageSize = 100;

    private const int MaxPage = 1_000_000;

    /// <summary>Who manages the keys.</summary>
    public KeyManagerType Manager { get; init; } = KeyManagerType.CUSTOMER;

    /// <summary>What the ID, an alias or the description contains; null for any.</summary>
    public string? Text { get; init; }

    /// <summary>The state; null for any.</summary>
    public KeyState? State { get; init; }

    /// <summary>The key spec; null for any.</summary>
    public KeySpec? Spec { get; init; }

    /// <summary>The origin; null for any.</summary>
    public OriginType? Origin { get; init; }

    /// <summary>The order.</summary>
    public KeyOrder Order { get; init; }

    /// <summary>The page, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether only some of the keys are shown.</summary>
    public bool IsFiltered => this is not { Text: null, State: null, Spec: null, Origin: null };

    /// <summary>Whether which keys are shown, and in which order, depends on nothing but their IDs.</summary>
    public bool IsById => !IsFiltered && Order.Column == KeyColumn.Id;

    /// <summary>Reads the query of a URL; what is not understood is left out.</summary>
    public static KeyQuery Of(IQueryCollection query, KeyManagerType manager) => new()
    {
        Manager = manager,
        Text = query["q"].ToString().Trim() is { Length: > 0 } text ? text : null,
        State = Read<KeyState>(query["state"]),
        Spec = Read<KeySpec>(query["spec"]),
        Origin = Read<OriginType>(query["origin"]),
        Order = new KeyOrder(
            Enum.TryParse(query["sort"], ignoreCase: true, out KeyColumn column) && Enum.IsDefined(column) ? column : KeyColumn.Id,
            query["order"] == "descending"),
        Page = int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out int page)
            ? Math.Clamp(page, 1, MaxPage) : 1,
    };

    /// <summary>Whether a key passes the filters.</summary>
    public bool Matches(KeyRow row) =>
        row.Manager == Manager && (State is null || row.State == State) && (Spec is null || row.Spec == Spec)
        && (Origin is null || row.Origin == Origin) && (Text is null || row.Contains(Text));

    /// <summary>The query as a part of a URL, with its question mark; empty for all keys in the usual order.</summary>
    public override string ToString()
    {
        (string Name, string? Value)[] parts =
        [
            ("q", Text),
            ("state", $"{State}"),
            ("spec", $"{Spec}"),
            ("origin", $"{Origin}"),
            ("sort", Order == default ? null : $"{Order.Column}".ToLowerInvariant()),
            ("order", Order.IsDescending ? "descending" : null),
            ("page", Page == 1 ? null : $"{Page}"),
        ];
        return QueryString.Create(parts.Where(static part => part.Value is { Length: > 0 })
            .Select(static part => new KeyValuePair<string, string?>(part.Name, part.Value))).ToString();
    }

    /// <summary>The list sorted by a column: the other way round if it is sorted by it already.</summary>
    public KeyQuery By(KeyColumn column) =>
        this with { Page = 1, Order = new KeyOrder(column, Order.Column == column && !Order.IsDescending) };

    private static T? Read<T>(string? text)
        where T : struct, Enum => Enum.TryParse(text, out T value) && Enum.IsDefined(value) ? value : null;
}
