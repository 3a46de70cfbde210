using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A policy: either the JSON text itself, or the same as YAML.</summary>
internal sealed class PolicyFormat : ValueFormat<Located<string>>
{
    private const int MaxParts = 20_000;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public override Located<string>? Read(YamlNode node, string what, EstateErrors errors)
    {
        if (node is not YamlMap)
        {
            return Value.Text.Read(node, what, errors);
        }

        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Indented))
        {
            int parts = 0;
            if (!TryWrite(writer, node, ref parts))
            {
                return Wrong(errors, node.Position, "This policy is far too large.");
            }
        }

        return new Located<string>(Encoding.UTF8.GetString(stream.ToArray()), node.Position);
    }

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, Located<string> value) => writer.Text(value.Value);

    // A policy has many lines.
    /// <inheritdoc/>
    public override bool IsText(Located<string> value) => false;

    /// <inheritdoc/>
    public override void Describe(JsonObject schema) => schema["type"] = new JsonArray("string", "object");

    // Aliases of aliases can expand a small text to a large policy.
    private static bool TryWrite(Utf8JsonWriter writer, YamlNode node, ref int parts)
    {
        if (++parts > MaxParts)
        {
            return false;
        }

        switch (node)
        {
            case YamlMap map:
                writer.WriteStartObject();
                foreach (YamlEntry entry in map.Entries)
                {
                    writer.WritePropertyName(entry.Key);
                    if (!TryWrite(writer, entry.Value, ref parts))
                    {
                        return false;
                    }
                }

                writer.WriteEndObject();
                break;
            case YamlList list:
                writer.WriteStartArray();
                foreach (YamlNode item in list.Items)
                {
                    if (!TryWrite(writer, item, ref parts))
                    {
                        return false;
                    }
                }

                writer.WriteEndArray();
                break;
            case YamlText { IsNull: true }:
                writer.WriteNullValue();
                break;
            case YamlText { Flag: { } flag }:
                writer.WriteBooleanValue(flag);
                break;
            case YamlText { IsPlain: true } text when long.TryParse(
                text.Text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out long number)
                && number.ToString(CultureInfo.InvariantCulture) == text.Text:
                // Account IDs are text in policies, and digits that are too long or have leading zeros are not numbers.
                if (text.Text.Length == 12)
                {
                    writer.WriteStringValue(text.Text);
                }
                else
                {
                    writer.WriteNumberValue(number);
                }

                break;
            case YamlText text:
                writer.WriteStringValue(text.Text);
                break;
        }

        return true;
    }
}
