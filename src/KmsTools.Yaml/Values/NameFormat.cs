using System.Text.Json.Nodes;
using KmsTools.Estates;
using KmsTools.Validation;

namespace KmsTools.Yaml;

/// <summary>One name of an enumeration, spelled exactly.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal sealed class NameFormat<T> : ValueFormat<Located<T>>
    where T : struct, Enum
{
    private const int MaxShown = 64;

    private static readonly string[] Names = Enum.GetNames<T>();

    /// <inheritdoc/>
    public override Located<T>? Read(YamlNode node, string what, EstateErrors errors)
    {
        if (node is not YamlText text)
        {
            return Wrong(errors, node.Position, $"{what} must be one of {string.Join(", ", Names)}.");
        }

        if (Names.Contains(text.Text, StringComparer.Ordinal))
        {
            return new Located<T>(Enum.Parse<T>(text.Text), text.Position);
        }

        string meant = NearestText.Find(text.Text, Names) is { } nearest ? $"Did you mean {nearest}?"
            : $"Valid values are: {string.Join(", ", Names)}.";
        string shown = text.Text.Length > MaxShown ? text.Text[..MaxShown] + "..." : text.Text;
        return Wrong(errors, text.Position, $"{what} cannot be '{shown}'. {meant}");
    }

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, Located<T> value) => writer.Text(value.Value.ToString());

    /// <inheritdoc/>
    public override void Describe(JsonObject schema) =>
        schema["enum"] = new JsonArray([.. Names.Select(static name => JsonValue.Create(name))]);
}
