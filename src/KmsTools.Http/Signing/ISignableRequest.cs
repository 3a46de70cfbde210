namespace KmsTools.Http;

/// <summary>The head of a request, as far as a signature covers it. Nothing is said of its body: its hash is given beside it.</summary>
public interface ISignableRequest
{
    /// <summary>The method in upper case.</summary>
    string Method { get; }

    /// <summary>The path as it is sent, from its first slash.</summary>
    string Path { get; }

    /// <summary>The query string as it is sent, without its question mark; empty when there is none.</summary>
    string Query { get; }

    /// <summary>The value of a header; several are joined by commas. Null when there is none.</summary>
    /// <param name="name">The name, in any case.</param>
    string? Header(string name);
}
