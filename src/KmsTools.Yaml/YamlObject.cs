using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Estates;
using KmsTools.Validation;

namespace KmsTools.Yaml;

/// <summary>A mapping that stands for a part of an estate. What is wrong with a member is noted, and the member counts as absent.</summary>
internal sealed class YamlObject
{
    private readonly YamlMap _map;
    private readonly string _part;
    private readonly List<EstateError> _errors;

    private YamlObject(YamlMap map, string part, List<EstateError> errors)
    {
        _map = map;
        _part = part;
        _errors = errors;
        string[] members = EstateMembers.All[part];
        foreach (YamlEntry entry in map.Entries.Where(entry => !members.Contains(entry.Key)))
        {
            string meant = EstateMembers.Missing.TryGetValue((part, entry.Key), out (string Reason, ErrorCause Cause) known) ? $" {known.Reason}"
                : NearestText.Find(entry.Key, members) is { } nearest ? $" Did you mean '{nearest}'?"
                : $" It has: {string.Join(", ", members)}.";
            Error(entry.Position, $"{Article(part)} has no member '{Short(entry.Key)}'.{meant}", known.Cause);
        }
    }

    /// <summary>Where it begins.</summary>
    public SourcePosition Position => _map.Position;

    /// <summary>The part that a node stands for, or null when it is no mapping.</summary>
    public static YamlObject? Of(YamlNode node, string part, List<EstateError> errors)
    {
        if (node is YamlMap map)
        {
            return new YamlObject(map, part, errors);
        }

        errors.Add(new EstateError(node.Position, $"{Article(part)} is a mapping with some of these members: {string.Join(", ", EstateMembers.All[part])}."));
        return null;
    }

    /// <summary>Whether a member is given, right or wrong.</summary>
    public bool Has(string member) => Find(member) is not null;

    /// <summary>Notes that a member is needed.</summary>
    public void Require(string member)
    {
        if (!Has(member))
        {
            Error(Position, $"This {_part} needs the member '{member}'.");
        }
    }

    /// <summary>Where a member stands.</summary>
    public SourcePosition PositionOf(string member) => Find(member)?.Position ?? Position;

    /// <summary>Text.</summary>
    public Located<string>? Text(string member) =>
        Find(member) is not { } entry ? null
        : entry.Value is not YamlText && EstateMembers.All[_part].Contains($"{member}From")
            ? Wrong<Located<string>>(entry.Value.Position, $"'{member}' must be text. Where it comes from is told by '{member}From'.")
        : Text(entry.Value, $"'{member}'");

    /// <summary>True or false.</summary>
    public Located<bool>? Flag(string member) =>
        Find(member) is not { } entry ? null
        : entry.Value is YamlText { Flag: { } flag } ? new Located<bool>(flag, entry.Value.Position)
        : Wrong<Located<bool>>(entry.Value.Position, $"'{member}' must be true or false.");

    /// <summary>A whole number.</summary>
    public Located<int>? Number(string member) =>
        Find(member) is not { } entry ? null
        : entry.Value is YamlText { IsPlain: true } text && int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? new Located<int>(number, text.Position)
        : Wrong<Located<int>>(entry.Value.Position, $"'{member}' must be a whole number.");

    /// <summary>One name of an enumeration.</summary>
    public Located<T>? Name<T>(string member)
        where T : struct, Enum => Find(member) is { } entry ? Name<T>(entry.Value, $"'{member}'") : null;

    /// <summary>Names of an enumeration.</summary>
    public ImmutableArray<Located<T>> Names<T>(string member)
        where T : struct, Enum => [.. Items(member).Select(item => Name<T>(item, $"An item of '{member}'")).OfType<Located<T>>()];

    /// <summary>A list of texts.</summary>
    public ImmutableArray<Located<string>> Texts(string member) =>
        [.. Items(member).Select(item => Text(item, $"An item of '{member}'")).OfType<Located<string>>()];

    /// <summary>A list of parts.</summary>
    public ImmutableArray<T> Parts<T>(string member, string part, Func<YamlObject, T?> read)
        where T : class => [.. Items(member).Select(item => Of(item, part, _errors)).OfType<YamlObject>().Select(read).OfType<T>()];

    /// <summary>A list whose items are texts or parts.</summary>
    public ImmutableArray<T> TextsOrParts<T>(string member, string part, Func<Located<string>, T> make, Func<YamlObject, T?> read)
        where T : class =>
    [
        .. Items(member)
            .Select(item => item switch
            {
                YamlMap map => read(new YamlObject(map, part, _errors)),
                YamlText => Text(item, $"An item of '{member}'") is { } text ? make(text) : null,
                _ => Wrong<T>(item.Position, $"An item of '{member}' must be text, or a mapping with some of these members: {string.Join(", ", EstateMembers.All[part])}."),
            })
            .OfType<T>(),
    ];

    /// <summary>One part.</summary>
    public YamlObject? Part(string member, string part) => Find(member) is { } entry ? Of(entry.Value, part, _errors) : null;

    /// <summary>Pairs of texts, with the positions of their names.</summary>
    public ImmutableArray<(SourcePosition Position, string Key, string Value)> Pairs(string member)
    {
        if (Find(member) is not { } entry)
        {
            return [];
        }

        if (entry.Value is not YamlMap map)
        {
            Error(entry.Value.Position, $"'{member}' must be a mapping of names to texts.");
            return [];
        }

        return
        [
            .. map.Entries
                .Select(pair => (pair.Position, pair.Key, Value: Text(pair.Value, $"'{pair.Key}' of '{member}'", mayBeEmpty: true)))
                .Where(static pair => pair.Value is not null)
                .Select(static pair => (pair.Position, pair.Key, pair.Value!.Value)),
        ];
    }

    /// <summary>The value of a member as it was read.</summary>
    public YamlNode? Node(string member) => Find(member)?.Value;

    /// <summary>Notes an error.</summary>
    public void Error(SourcePosition position, string message, ErrorCause cause = ErrorCause.None) => _errors.Add(new EstateError(position, message, Cause: cause));

    private static string Article(string part) => part is "estate" or "alarm" ? $"An {part}" : $"A {part}";

    private static string Short(string text) => text.Length > 64 ? text[..64] + "..." : text;

    private ImmutableArray<YamlNode> Items(string member)
    {
        if (Find(member) is not { } entry)
        {
            return [];
        }

        if (entry.Value is YamlList list)
        {
            return list.Items;
        }

        Error(entry.Value.Position, $"'{member}' must be a list: lines that begin with '- '.");
        return [];
    }

    // Numbers, true and false are text as they stand; only an empty value is none.
    private Located<string>? Text(YamlNode node, string what, bool mayBeEmpty = false) => node switch
    {
        YamlText { IsNull: true } when mayBeEmpty => Wrong<Located<string>>(node.Position, $"{what} has no value. Empty text is \"\"."),
        YamlText { IsNull: true } => Wrong<Located<string>>(node.Position, $"{what} has no value."),
        YamlText text => new Located<string>(text.Text, text.Position),
        _ => Wrong<Located<string>>(node.Position, $"{what} must be text."),
    };

    private Located<T>? Name<T>(YamlNode node, string what)
        where T : struct, Enum
    {
        string[] names = System.Enum.GetNames<T>();
        if (node is not YamlText text)
        {
            return Wrong<Located<T>>(node.Position, $"{what} must be one of {string.Join(", ", names)}.");
        }

        string meant = NearestText.Find(text.Text, names) is { } nearest ? $"Did you mean {nearest}?" : $"There are: {string.Join(", ", names)}.";
        return names.Contains(text.Text, StringComparer.Ordinal)
            ? new Located<T>(System.Enum.Parse<T>(text.Text), text.Position)
            : Wrong<Located<T>>(text.Position, $"{what} cannot be '{Short(text.Text)}'. {meant}");
    }

    private T? Wrong<T>(SourcePosition position, string message)
        where T : class
    {
        Error(position, message);
        return null;
    }

    private YamlEntry? Find(string member)
    {
        if (!EstateMembers.All[_part].Contains(member))
        {
            throw new InvalidOperationException($"A {_part} has no member {member}.");
        }

        return _map.Entries.FirstOrDefault(entry => entry.Key == member);
    }
}
