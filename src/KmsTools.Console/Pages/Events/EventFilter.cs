using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Pages.Events;

/// <summary>Which events the user wants to see.</summary>
internal sealed record EventFilter
{
    private static readonly string[] Moments =
        ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss'Z'"];

    /// <summary>The event name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The key as the user has named it: its ID, ARN or alias; or null.</summary>
    public string? Key { get; init; }

    /// <summary>A part of the ARN or the name of the caller, or null.</summary>
    public string? Who { get; init; }

    /// <summary>The error code, or null. <c>*</c> stands for any.</summary>
    public string? Error { get; init; }

    /// <summary>The first time as the user has entered it, or null.</summary>
    public string? From { get; init; }

    /// <summary>The last time as the user has entered it, or null.</summary>
    public string? To { get; init; }

    /// <summary>Whether events of all Regions are shown, and not only of that of the page.</summary>
    public bool IsOfAllRegions { get; init; }

    /// <summary>Whether some conditions are no part of the query: the events are looked at one by one.</summary>
    public bool IsSieve => Who is not null || Error is not null;

    /// <summary>Reads the parameters of a URL.</summary>
    public static EventFilter Read(IQueryCollection query)
    {
        return new EventFilter
        {
            Name = Text("name"),
            Key = Text("key"),
            Who = Text("who"),
            Error = Text("error"),
            From = Text("from"),
            To = Text("to"),
            IsOfAllRegions = Text("regions") == "all",
        };

        string? Text(string name) => query[name] is [{ } text, ..] && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;
    }

    /// <summary>The query for what the index knows.</summary>
    /// <exception cref="ArgumentException">A time is not one.</exception>
    /// <exception cref="KmsException">NotFoundException: there is no such alias.</exception>
    public EventQuery ToQuery(ConsoleSession session) => new()
    {
        EventName = Name,
        KeyId = Key is null ? null : FindKeyId(Key, session),
        Region = IsOfAllRegions ? null : session.Region,
        After = Moment(From),
        Before = Moment(To),
    };

    /// <summary>Whether an event is one of them, as far as the query does not say it.</summary>
    public bool Accepts(AuditEvent record) =>
        (Who is null || EventWords.IsBy(record, Who))
        && (Error is null || (Error == "*" ? record.ErrorCode is not null : IsError(record.ErrorCode)));

    /// <summary>The parameters of a URL that says the same, and more.</summary>
    public string ToQueryString(params (string Name, string? Value)[] more) => QueryString.Create(
        new (string Name, string? Value)[]
        {
            ("name", Name), ("key", Key), ("who", Who), ("error", Error), ("from", From), ("to", To),
            ("regions", IsOfAllRegions ? "all" : null),
        }.Concat(more).Where(static pair => pair.Value is not null)
            .Select(static pair => KeyValuePair.Create(pair.Name, pair.Value))).ToString();

    // CloudTrail writes AccessDenied for AccessDeniedException.
    private bool IsError(string? code) =>
        code is not null && (code.Equals(Error, StringComparison.OrdinalIgnoreCase)
            || (code + "Exception").Equals(Error, StringComparison.OrdinalIgnoreCase));

    // A deleted key is named by its ID, so only an alias is looked up.
    private static string FindKeyId(string reference, ConsoleSession session)
    {
        string name = reference[(reference.LastIndexOf(':') + 1)..];
        return name.StartsWith("alias/", StringComparison.Ordinal)
            ? session.Administration.FindKey(reference, session.Administrator).KeyId
            : name[(name.LastIndexOf('/') + 1)..];
    }

    private static DateTimeOffset? Moment(string? text) => text is null ? null
        : DateTimeOffset.TryParseExact(text, Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new ArgumentException($"'{text}' is not a time such as 2030-01-31T12:00.");
}
