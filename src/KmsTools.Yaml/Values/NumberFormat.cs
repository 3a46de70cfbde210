using System.Globalization;
using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>An integer. Its limits are for editors; the import has its own messages for them.</summary>
/// <param name="minimum">The minimum.</param>
/// <param name="maximum">The maximum.</param>
internal sealed class NumberFormat(int minimum, int maximum) : ValueFormat<Located<int>>
{
    /// <summary>The default value; null if it depends on other members.</summary>
    public int? Default { get; init; }

    /// <summary>The message for a number outside the limits when it is read; null to leave it to the import.</summary>
    public Func<int, string>? Refusal { get; init; }

    /// <inheritdoc/>
    public override Located<int>? Read(YamlNode node, string what, EstateErrors errors)
    {
        if (node is not YamlText { IsPlain: true } text
            || !int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return Wrong(errors, node.Position, $"{what} must be a whole number.");
        }

        return Refusal is not null && (number < minimum || number > maximum)
            ? Wrong(errors, node.Position, Refusal(number))
            : new Located<int>(number, node.Position);
    }

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, Located<int> value) => writer.Plain(value.Value.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        if (minimum == maximum)
        {
            schema["const"] = minimum;
            return;
        }

        schema["type"] = "integer";
        schema["minimum"] = minimum;
        schema["maximum"] = maximum;
        if (Default is { } absent)
        {
            schema["default"] = absent;
        }
    }
}
