using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Text. Numbers, true and false are text as they stand; only an empty value is none.</summary>
/// <param name="types">The types that editors may take it for, or <see cref="Any"/>.</param>
internal sealed class TextFormat(params string[] types) : ValueFormat<Located<string>>
{
    /// <summary>The name that the schema has for text that may look like a number or a truth value.</summary>
    public const string Any = "text";

    /// <summary>The whole text as a regular expression that JavaScript and .NET read alike, or null for any.</summary>
    public string? Pattern { get; init; }

    /// <summary>How the text begins, as a regular expression for editors, or null; the import checks it.</summary>
    public string? Prefix { get; init; }

    /// <summary>What to say of text that does not match the pattern; null where only editors say it, and the import in its own words.</summary>
    public Func<string, string>? Refusal { get; init; }

    /// <summary>What else to say of a value that is no text, or null.</summary>
    public string? Hint { get; init; }

    /// <summary>The least number of characters, or null. The import checks it.</summary>
    public int? MinLength { get; init; }

    /// <summary>The greatest number of characters, or null. The import checks it.</summary>
    public int? MaxLength { get; init; }

    private Regex Matcher => field ??= new Regex($"^(?:{Pattern})\\z");

    /// <inheritdoc/>
    public override Located<string>? Read(YamlNode node, string what, List<EstateError> errors) => node switch
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

    // It is text all the same, so that the rest can be read.
    private Located<string> Refused(YamlText text, List<EstateError> errors)
    {
        errors.Add(new EstateError(text.Position, Refusal!(text.Text)));
        return new Located<string>(text.Text, text.Position);
    }
}
