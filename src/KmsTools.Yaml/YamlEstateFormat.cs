using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Estates as YAML 1.2. The one public class of this assembly.</summary>
public sealed class YamlEstateFormat : IEstateFormat
{
    /// <inheritdoc/>
    public Estate Read(Stream text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var errors = new List<EstateError>();
        Estate? estate = new EstateReader(errors).Read(YamlTree.Read(text, errors));
        if (errors.Count == 0)
        {
            return estate!;
        }

        estate?.Dispose();
        throw new EstateException(errors.Distinct());
    }

    /// <inheritdoc/>
    public string Write(Estate estate, string? schema)
    {
        ArgumentNullException.ThrowIfNull(estate);
        return EstateWriter.Write(estate, schema);
    }
}
