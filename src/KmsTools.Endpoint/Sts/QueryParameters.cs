using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace KmsTools.Endpoint.Sts;

/// <summary>
/// The parameters of a request in the query protocol of AWS, of the query string and of the body; the first of a name counts. Lists are
/// written as <c>Tags.member.1.Key</c>.
/// </summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private QueryParameters()
    {
    }

    /// <summary>Reads the parameters of a request.</summary>
    public static QueryParameters Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        QueryParameters parameters = new();
        parameters.Add(request.QueryString.Value.AsMemory());
        parameters.Add(Encoding.UTF8.GetString(body).AsMemory());
        return parameters;
    }

    /// <summary>A text, or null.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A whole number, or null.</summary>
    /// <exception cref="CallException">It is none.</exception>
    public int? Number(string name) => Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
        : throw new CallException("MalformedInput", $"{name} is not a whole number.");

    /// <summary>The texts of a list; null when there is none.</summary>
    public IReadOnlyList<string>? Texts(string name) => List(name, Text);

    /// <summary>The members of a list, from 1 without a gap; null when there is none.</summary>
    /// <param name="name">The name of the list.</param>
    /// <param name="read">Reads a member, given what its parameters begin with; null after the last one.</param>
    public static IReadOnlyList<T>? List<T>(string name, Func<string, T?> read)
        where T : class
    {
        List<T> members = [];
        while (read(string.Create(CultureInfo.InvariantCulture, $"{name}.member.{members.Count + 1}")) is { } member)
        {
            members.Add(member);
        }

        return members.Count == 0 ? null : members;
    }

    private void Add(ReadOnlyMemory<char> encoded)
    {
        foreach (QueryStringEnumerable.EncodedNameValuePair parameter in new QueryStringEnumerable(encoded))
        {
            _values.TryAdd(parameter.DecodeName().ToString(), parameter.DecodeValue().ToString());
        }
    }
}
