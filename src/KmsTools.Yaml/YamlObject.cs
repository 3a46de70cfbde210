using KmsTools.Estates;
using KmsTools.Validation;

namespace KmsTools.Yaml;

/// <summary>A mapping that represents a part of an estate. Unknown members and missing required members are collected as errors.</summary>
internal sealed class YamlObject
{
    private const int MaxShown = 64;

    private readonly YamlMap _map;
    private readonly PartFormat _part;
    private readonly EstateErrors _errors;

    /// <summary>Uses a mapping as a part.</summary>
    /// <param name="map">The mapping.</param>
    /// <param name="part">The part.</param>
    /// <param name="errors">Receives the errors.</param>
    public YamlObject(YamlMap map, PartFormat part, EstateErrors errors)
    {
        _map = map;
        _part = part;
        _errors = errors;
        foreach (YamlEntry entry in map.Entries.Where(entry => !part.MemberNames.Contains(entry.Key)))
        {
            (string Reason, ErrorCause Cause)? known = part.WhyNot(entry.Key);
            string meant = known is { } why ? $" {why.Reason}"
                : NearestText.Find(entry.Key, part.MemberNames) is { } nearest ? $" Did you mean '{nearest}'?"
                : $" Its members are: {string.Join(", ", part.MemberNames)}.";
            string shown = entry.Key.Length > MaxShown ? entry.Key[..MaxShown] + "..." : entry.Key;
            Error(entry.Position, $"{part.Article} {part.Name} has no member '{shown}'.{meant}", known?.Cause ?? ErrorCause.None);
        }
    }

    /// <summary>Its position in the text.</summary>
    public SourcePosition Position => _map.Position;

    /// <summary>The number of members of the part that are given, valid or not.</summary>
    public int Count => _part.MemberNames.Count(Has);

    /// <summary>Whether a member is given, valid or not.</summary>
    public bool Has(string member) => Find(member) is not null;

    /// <summary>Adds an error if a required member is not given.</summary>
    public void Require(string member)
    {
        if (!Has(member))
        {
            Error(Position, $"This {_part.Name} needs the member '{member}'.");
        }
    }

    /// <summary>The position of a member in the text.</summary>
    public SourcePosition PositionOf(string member) => Find(member)?.Position ?? Position;

    /// <summary>The value of a member as it was read, or null.</summary>
    public YamlNode? Node(string member) => Find(member)?.Value;

    /// <summary>Reads the value of a member.</summary>
    /// <returns>Null if it is not given or not valid.</returns>
    public T? Read<T>(string member, ValueFormat<T> format)
        where T : class => Node(member) is { } node ? format.Read(node, $"'{member}'", _errors) : null;

    /// <summary>Adds an error.</summary>
    public void Error(SourcePosition position, string message, ErrorCause cause = ErrorCause.None) =>
        _errors.Add(new EstateError(position, message, Cause: cause));

    private YamlEntry? Find(string member) => _part.MemberNames.Contains(member)
        ? _map.Entries.FirstOrDefault(entry => entry.Key == member)
        : throw new InvalidOperationException($"{_part.Article} {_part.Name} has no member {member}.");
}
