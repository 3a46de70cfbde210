using System.Globalization;
using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A whole number. Its limits are for editors; the import says them in its own words.</summary>
/// <param name="minimum">The least number.</param>
/// <param name="maximum">The greatest number.</param>
internal sealed class NumberFormat(int minimum, int maximum) : ValueFormat<Located<int>>
{
    /// <summary>What is meant where nothing is given; null where that depends.</summary>
    public int? Default { get; init; }

    /// <summary>What to say of a number outside of the limits, while it is read; null to leave it to the import.</summary>
    public Func<int, string>? Refusal { get; init; }

    /// <inheritdoc/>
    public override Located<int>? Read(YamlNode node, string what, List<EstateError> errors)
    {
        if (node is not YamlText { IsPlain: true } text || !int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
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
