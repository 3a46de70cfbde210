using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Text. Numbers, true and false are read as text; only an empty value is not text.</summary>
/// <param name="types">The types that editors may interpret it as, or <see cref="Any"/>.</param>
internal sealed class TextFormat(params string[] types) : ValueFormat<Located<string>>
{
    /// <summary>The name in the schema for text that may look like a number or a Boolean.</summary>
    public const string Any = "text";

    /// <summary>A regular expression for the whole text that means the same in JavaScript and .NET, or null for any text.</summary>
    public string? Pattern { get; init; }

    /// <summary>A regular expression for the beginning of the text, for editors, or null; the import checks it.</summary>
    public string? Prefix { get; init; }

    /// <summary>
    /// The message for text that does not match the pattern; null if only editors check it and the import has its own message.
    /// </summary>
    public Func<string, string>? Refusal { get; init; }

    /// <summary>An additional message for a value that is not text, or null.</summary>
    public string? Hint { get; init; }

    /// <summary>The minimum number of characters, or null. The import checks it.</summary>
    public int? MinLength { get; init; }

    /// <summary>The maximum number of characters, or null. The import checks it.</summary>
    public int? MaxLength { get; init; }

    private Regex Matcher => field ??= new Regex($"^(?:{Pattern})\\z");

    /// <inheritdoc/>
    public override Located<string>? Read(YamlNode node, string what, EstateErrors errors) => node switch
    {
        YamlText { IsNull: true } => Wrong(errors, node.Position, $"{what} has no value."),
        YamlText text when Refusal is not null && !Matcher.IsMatch(text.Text) => Refused(text, errors),
        YamlText text => new Located<string>(text.Text, text.Position),
        _ => Wrong(errors, node.Position, $"{what} must be text.{(Hint is null ? "" : " " + Hint)}"),
    };

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, Located<string> value) => writer.Text(value.Value);

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        if (types is [Any])
        {
            schema["$ref"] = $"#/$defs/{Any}";
        }
        else
        {
            schema["type"] = types is [var one] ? one : new JsonArray([.. types.Select(static type => JsonValue.Create(type))]);
        }

        if ((Pattern is null ? Prefix : $"{Pattern}$") is { } form)
        {
            schema["pattern"] = $"^{form}";
        }

        if (MinLength is { } least)
        {
            schema["minLength"] = least;
        }

        if (MaxLength is { } most)
        {
            schema["maxLength"] = most;
        }
    }

    // It is still used as text, so that the rest can be read.
    private Located<string> Refused(YamlText text, EstateErrors errors)
    {
        errors.Add(new EstateError(text.Position, Refusal!(text.Text)));
        return new Located<string>(text.Text, text.Position);
    }
}
