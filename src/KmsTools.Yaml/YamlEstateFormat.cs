using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Estates as YAML 1.2. The only public class of this assembly; the configuration of the XKS proxy is made of the same parts.</summary>
public sealed class YamlEstateFormat : IEstateFormat
{
    /// <summary>The JSON Schema (draft 2020-12) of the format, which ends with a line feed.</summary>
    public static string Schema => YamlSchema.Write(EstateFormat.Instance, "KmsTools estate");

    /// <inheritdoc/>
    public Estate Read(Stream text)
    {
        ArgumentNullException.ThrowIfNull(text);
        EstateErrors errors = new();
        Estate? estate = EstateFormat.Instance.Read(YamlTree.Read(text, EstateFormat.Instance, errors), errors);
        if (errors.All.Count == 0)
        {
            return estate!;
        }

        estate?.Dispose();
        throw new EstateException(errors.All);
    }

    /// <inheritdoc/>
    public string Write(Estate estate, string? schema)
    {
        ArgumentNullException.ThrowIfNull(estate);
        return YamlWriter.Document(
            schema is null ? null : $"yaml-language-server: $schema={schema}",
            writer => EstateFormat.Instance.Write(writer, estate));
    }
}
