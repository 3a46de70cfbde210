using System.Globalization;
using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A moment in UTC or with its offset, as in 2026-12-31T00:00:00Z (RFC 3339).</summary>
internal sealed class MomentFormat : ValueFormat<Located<DateTimeOffset>>
{
    private const string Example = "2026-12-31T00:00:00Z";

    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ss.FFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFK"];

    /// <inheritdoc/>
    public override Located<DateTimeOffset>? Read(YamlNode node, string what, EstateErrors errors) =>
        node is YamlText text && HasOffset(text.Text)
        && DateTimeOffset.TryParseExact(
            text.Text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset moment)
            ? new Located<DateTimeOffset>(moment.ToUniversalTime(), node.Position)
            : Wrong(errors, node.Position, $"{what} must be a date with its time and Z or an offset, such as {Example}.");

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, Located<DateTimeOffset> value) =>
        writer.Text(value.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        schema["type"] = "string";
        schema["format"] = "date-time";
    }

    // Without one it would be the time of this machine.
    private static bool HasOffset(string text) =>
        text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
}
