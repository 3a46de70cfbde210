using System.Text.Json.Nodes;
using KmsTools.Cryptography;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Key material as text. The text appears in no message, and is never written.</summary>
/// <param name="decode">Decodes the text; throws a FormatException if it is not valid.</param>
/// <param name="refusal">The message for text that is not valid.</param>
internal sealed class BytesFormat(Func<string, byte[]> decode, string refusal) : ValueFormat<EstateMaterial>
{
    // Digits alone look like a number.
    private static readonly TextFormat Digits = new("string", "number");

    /// <inheritdoc/>
    public override EstateMaterial? Read(YamlNode node, string what, EstateErrors errors)
    {
        if (Digits.Read(node, what, errors) is not { } text)
        {
            return null;
        }

        try
        {
            return new EstateMaterial(text.Position, Secret.TakeOver(decode(text.Value)));
        }
        catch (FormatException)
        {
            return Wrong(errors, text.Position, refusal);
        }
    }

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, EstateMaterial value) =>
        throw new InvalidOperationException("Key material is never written.");

    /// <inheritdoc/>
    public override void Describe(JsonObject schema) => Digits.Describe(schema);
}
