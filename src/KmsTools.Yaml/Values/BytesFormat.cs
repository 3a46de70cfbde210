using System.Text.Json.Nodes;
using KmsTools.Cryptography;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Key material as text. The text is in no message, and is never written.</summary>
/// <param name="decode">The bytes that the text stands for; throws a FormatException when it stands for none.</param>
/// <param name="refusal">What to say of such text.</param>
internal sealed class BytesFormat(Func<string, byte[]> decode, string refusal) : ValueFormat<EstateMaterial>
{
    // Digits alone look like a number.
    private static readonly TextFormat Digits = new("string", "number");

    /// <inheritdoc/>
    public override EstateMaterial? Read(YamlNode node, string what, List<EstateError> errors)
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
    public override void Write(YamlWriter writer, EstateMaterial value) => throw new InvalidOperationException("Key material is never written.");

    /// <inheritdoc/>
    public override void Describe(JsonObject schema) => Digits.Describe(schema);
}
