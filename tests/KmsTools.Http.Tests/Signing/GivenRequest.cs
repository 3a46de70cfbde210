namespace KmsTools.Http;

/// <summary>A request as a test writes it, with its headers as lines.</summary>
internal sealed record GivenRequest(string Method, string Path, string Query, string[] Lines) : ISignableRequest
{
    public string[] Names =>
        [.. Lines.Select(static line => line[..line.IndexOf(':')]).Distinct().Order(StringComparer.Ordinal)];

    public string? Header(string name)
    {
        string begin = name.ToLowerInvariant() + ":";
        string[] values = [.. Lines.Where(line => line.StartsWith(begin, StringComparison.Ordinal)).Select(line => line[begin.Length..])];
        return values.Length == 0 ? null : string.Join(',', values);
    }
}
