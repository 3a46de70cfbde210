namespace KmsTools.Estates;

/// <summary>Reads and writes estates as text. Implemented for YAML by KmsTools.Yaml; the engine does not depend on a format.</summary>
public interface IEstateFormat
{
    /// <summary>Reads an estate.</summary>
    /// <param name="text">UTF-8, read to its end.</param>
    /// <exception cref="EstateException">The text is not a valid estate; the exception lists all errors.</exception>
    Estate Read(Stream text);

    /// <summary>Writes an estate. Secrets are left out.</summary>
    /// <param name="estate">The estate.</param>
    /// <param name="schema">Where editors find the schema of the format (URI), or null.</param>
    /// <returns>The text, which ends with a line feed.</returns>
    string Write(Estate estate, string? schema);
}
