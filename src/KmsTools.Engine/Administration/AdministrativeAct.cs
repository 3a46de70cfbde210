using System.Collections.Immutable;
using System.Globalization;

namespace KmsTools;

/// <summary>An act that changes a store or its HSMs and is not an operation of the API, as its event records it.</summary>
/// <param name="EventName">One of <see cref="AuditNames"/>.</param>
/// <param name="Caller">The caller; null for the user of the operating system.</param>
/// <param name="Region">The Region; null for that of the caller, or else that of the store.</param>
internal sealed record AdministrativeAct(string EventName, Caller? Caller, string? Region = null)
{
    /// <summary>The parameters of the request: requestParameters of the event. Never contains a secret.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; private init; }
        = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The key that it is about (ARN), or null.</summary>
    public string? KeyArn { get; init; }

    /// <summary>Returns the same act with one more parameter.</summary>
    /// <param name="name">One of <see cref="AuditNames.Members"/>.</param>
    /// <param name="value">The value; null when the parameter is not given, and is not recorded.</param>
    public AdministrativeAct With(string name, string? value) =>
        value is null ? this : this with { Parameters = Parameters.SetItem(name, value) };

    /// <inheritdoc cref="With(string, string?)"/>
    public AdministrativeAct With(string name, long? value) => With(name, value?.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc cref="With(string, string?)"/>
    public AdministrativeAct With(string name, bool? value) => With(name, value switch { null => null, true => "true", false => "false" });

    /// <inheritdoc cref="With(string, string?)"/>
    public AdministrativeAct With(string name, IEnumerable<string> values) => With(name, string.Join(", ", values));
}
