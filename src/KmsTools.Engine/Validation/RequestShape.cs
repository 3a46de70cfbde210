using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KmsTools.Validation;

/// <summary>The members and constraints of a request type, read once from its properties.</summary>
public sealed class RequestShape
{
    private static readonly ConcurrentDictionary<Type, RequestShape> Known = new();

    private RequestShape(Type type)
    {
        Members = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.GetCustomAttribute<MemberAttribute>() is not null)
            .Select(static property => new MemberShape(property))];
        LoggedMembers = [.. Members.Where(static member => member.IsLogged)];
        KeyMember = Members.FirstOrDefault(static member => member.Constraints.Key != KeyReferenceForms.None);
        GrantTokensMember = Members.FirstOrDefault(static member => member.Name == "GrantTokens");
    }

    /// <summary>The members in the order of their declaration.</summary>
    public ImmutableArray<MemberShape> Members { get; }

    /// <summary>The members whose values are part of audit events.</summary>
    public ImmutableArray<MemberShape> LoggedMembers { get; }

    /// <summary>The first member that names a key, or null.</summary>
    public MemberShape? KeyMember { get; }

    /// <summary>The member with grant tokens, or null.</summary>
    public MemberShape? GrantTokensMember { get; }

    /// <summary>The shape of a request type.</summary>
    public static RequestShape Of(Type type) => Known.GetOrAdd(type, static type => new RequestShape(type));

    /// <summary>Checks every constraint.</summary>
    /// <exception cref="KmsException">ValidationException that lists all violations in the wording of AWS.</exception>
    public void Validate(object request)
    {
        List<string>? violations = null;
        Collect(request, "", ref violations);
        if (violations is not null)
        {
            throw KmsErrors.Validation(
                $"{violations.Count} validation error{(violations.Count == 1 ? "" : "s")} detected: {string.Join("; ", violations)}");
        }
    }

    private void Collect(object request, string path, ref List<string>? violations)
    {
        foreach (MemberShape member in Members)
        {
            object? value = member.Get(request);
            if (!member.Check(value, path, ref violations))
            {
                continue;
            }

            if (value is IEnumerable items and not (string or byte[] or IDictionary or IReadOnlyDictionary<string, string>))
            {
                int number = 0;
                foreach (object? item in items)
                {
                    number++;
                    if (item is null)
                    {
                        (violations ??= []).Add(
                            $"Value null at '{path}{member.WireName}.{number}.member' failed to "
                                + "satisfy constraint: Member must not be null");
                    }
                    else if (item is not string)
                    {
                        Of(item.GetType()).Collect(item, $"{path}{member.WireName}.{number}.member.", ref violations);
                    }
                }
            }
            else if (value is not null && member.IsStructure)
            {
                Of(value.GetType()).Collect(value, $"{path}{member.WireName}.", ref violations);
            }
        }
    }
}

/// <summary>One member of a request.</summary>
public sealed class MemberShape
{
    private const int MaxEcho = 1024;

    private readonly ValueSet? _values;
    private readonly Func<object, object?>? _getOther;

    internal MemberShape(PropertyInfo property)
    {
        Constraints = property.GetCustomAttribute<MemberAttribute>()!;
        Name = property.Name;
        WireName = char.ToLowerInvariant(Name[0]) + Name[1..];
        Type = property.PropertyType;
        IsBlob = Type == typeof(byte[]);
        IsStructure = Type.IsClass && Type != typeof(string) && !IsBlob && !typeof(IEnumerable).IsAssignableFrom(Type);
        _values = Constraints.Values is { } values ? ValueSet.Of(values) : null;
        EncodedName = JsonEncodedText.Encode(WireName);
        Get = Getter(property);
        _getOther = Constraints.LoggedAs is { } other ? Getter(property.DeclaringType!.GetProperty(other)!) : null;
    }

    /// <summary>The name in the API.</summary>
    public string Name { get; }

    /// <summary>The name in messages and audit events: the same with a lower-case first letter.</summary>
    public string WireName { get; }

    /// <summary>The constraints.</summary>
    public MemberAttribute Constraints { get; }

    /// <summary>The type of the property.</summary>
    public Type Type { get; }

    /// <summary>Whether the member is a blob.</summary>
    public bool IsBlob { get; }

    /// <summary>Whether the value is part of audit events.</summary>
    public bool IsLogged => !IsBlob && !Constraints.Sensitive && !Constraints.Unlogged;

    /// <summary>Reads the value from a request.</summary>
    public Func<object, object?> Get { get; }

    /// <summary>Reads the value that the audit event of a request has.</summary>
    internal object? GetLogged(object request) => Get(request) ?? _getOther?.Invoke(request) ?? Constraints.LoggedDefault;

    internal bool IsStructure { get; }

    /// <summary><see cref="WireName"/> as the property name of a JSON object.</summary>
    internal JsonEncodedText EncodedName { get; }

    /// <summary>Whether a value breaks no constraint.</summary>
    internal bool Accepts(object? value) => Violation(value) is null && KeyReferenceViolation(value) is null;

    /// <summary>Adds the constraints that a value breaks, in the wording of AWS.</summary>
    /// <returns>Whether it breaks none.</returns>
    internal bool Check(object? value, string path, ref List<string>? violations)
    {
        string? first = Violation(value);
        string? second = KeyReferenceViolation(value);
        foreach (string? must in (ReadOnlySpan<string?>)[first, second])
        {
            if (must is not null)
            {
                (violations ??= []).Add($"Value{Echo(value)} at '{path}{WireName}' failed to satisfy constraint: {must}");
            }
        }

        return first is null && second is null;
    }

    // AWS checks this in addition to the length of every key reference, although the model does not show it.
    private string? KeyReferenceViolation(object? value) =>
        Constraints.Key != KeyReferenceForms.None && value is string reference && (reference.Length == 0 || !Ascii.IsValid(reference))
            ? @"Member must satisfy regular expression pattern: ^\p{ASCII}+$"
            : null;

    private string? Violation(object? value) => value switch
    {
        null => Constraints.Required ? "Member must not be null" : null,
        string text => TextViolation(text),
        byte[] blob => LengthViolation(blob.Length),
        int number => NumberViolation(number),
        ICollection list => LengthViolation(list.Count) ?? ItemViolation(list),
        _ => null,
    };

    // PropertyInfo.GetValue costs ten times as much, and every call reads every member of its request twice.
    private static Func<object, object?> Getter(PropertyInfo property) => (Func<object, object?>)typeof(MemberShape)
        .GetMethod(nameof(TypedGetter), BindingFlags.NonPublic | BindingFlags.Static)!
        .MakeGenericMethod(property.DeclaringType!, property.PropertyType)
        .Invoke(null, [property.GetMethod])!;

    private static Func<object, object?> TypedGetter<TOwner, TValue>(MethodInfo getter)
        where TOwner : class
    {
        Func<TOwner, TValue> get = getter.CreateDelegate<Func<TOwner, TValue>>();
        return owner => get((TOwner)owner);
    }

    private string Echo(object? value) => value switch
    {
        _ when Constraints.Sensitive => "",
        null => " null",
        _ when IsBlob => "",
        ICollection list => $" '[{Shortened(string.Join(", ", list.Cast<object>()))}]'",
        _ => $" '{Shortened(value.ToString()!)}'",
    };

    // A caller chooses the length of what is not valid.
    private static string Shortened(string text) => text.Length <= MaxEcho ? text : text[..MaxEcho] + "...";

    // Created for the first text: most calls omit most of these members. Digits, letters and spaces are those of ASCII, as with AWS.
    private Regex? Pattern =>
        Constraints.Pattern is { } pattern ? field ??= new Regex(pattern, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)) : null;

    private string MustBeValue => $"Member must satisfy enum value set: [{_values!.Listed}]";

    private bool IsValue(string text) => _values is null || _values.Contains(text);

    // AWS does not say which text of a list breaks a constraint, nor which constraint it breaks.
    private string? ItemViolation(ICollection list) =>
        list.OfType<string>().Any(text => !IsValue(text)) ? $"Member must satisfy constraint: [{MustBeValue}]"
        : list.OfType<string>()
            .Any(text => text.Length < Constraints.ItemMin || (Constraints.ItemMax >= 0 && text.Length > Constraints.ItemMax))
            ? $"Member must satisfy constraint: [Member must have length less than or equal to {Constraints.ItemMax}, Member must have "
                + $"length greater than or equal to {Constraints.ItemMin}]"
        : null;

    private string? TextViolation(string text) =>
        !IsValue(text) ? MustBeValue
        : LengthViolation(text.Length)
            ?? (Pattern is { } pattern && !MatchesWhole(pattern, text)
                ? $"Member must satisfy regular expression pattern: {Constraints.Pattern}"
                : null);

    // Some patterns of the model have no anchors, and $ also matches before a line feed at the end.
    private static bool MatchesWhole(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match && match.Length == text.Length;

    private string? LengthViolation(int length) =>
        Constraints.Max >= 0 && length > Constraints.Max ? $"Member must have length less than or equal to {Constraints.Max}"
        : Constraints.Min >= 0 && length < Constraints.Min ? $"Member must have length greater than or equal to {Constraints.Min}"
        : null;

    private string? NumberViolation(int number) =>
        Constraints.Max >= 0 && number > Constraints.Max ? $"Member must have value less than or equal to {Constraints.Max}"
        : Constraints.Min >= 0 && number < Constraints.Min ? $"Member must have value greater than or equal to {Constraints.Min}"
        : null;
}
