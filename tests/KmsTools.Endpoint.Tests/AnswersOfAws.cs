using System.Text.Json;
using System.Text.RegularExpressions;

namespace KmsTools.Endpoint;

/// <summary>
/// The answers of AWS that are published (tests/AnswersOfAws.json, with the source of each), and an endpoint with the keys that they are
/// about.
/// </summary>
public sealed partial class AnswersOfAws : IAsyncLifetime
{
    private const string Alias = "alias/answers";

    private readonly EndpointFixture _endpoint = new();
    private readonly Dictionary<string, string> _values = [];

    private static JsonElement Table { get; } = JsonElement.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "AnswersOfAws.json")));

    /// <summary>The answers: a request, the error code or null, and the message, which is not compared if it is not known.</summary>
    internal static JsonElement[] Rows { get; } = [.. Table.GetProperty("answers").EnumerateArray()];

    public async ValueTask InitializeAsync()
    {
        await _endpoint.InitializeAsync();
        foreach (JsonProperty key in Table.GetProperty("keys").EnumerateObject())
        {
            JsonElement metadata = (await OkAsync("CreateKey", Without(key.Value, "state"))).GetProperty("KeyMetadata");
            string keyId = metadata.GetProperty("KeyId").GetString()!;
            _values.Add($"{{{key.Name}}}", keyId);
            _values.Add($"{{{key.Name}.arn}}", metadata.GetProperty("Arn").GetString()!);
            if (key.Value.TryGetProperty("state", out JsonElement state))
            {
                await OkAsync(state.GetString() == "Disabled" ? "DisableKey" : "ScheduleKeyDeletion", $$"""{"KeyId":"{{keyId}}"}""");
            }
        }

        string symmetric = _values["{symmetric}"];
        await OkAsync("CreateAlias", $$"""{"AliasName":"{{Alias}}","TargetKeyId":"{{symmetric}}"}""");
        JsonElement encrypted = await OkAsync("Encrypt", $$"""{"KeyId":"{{symmetric}}","Plaintext":"AQ=="}""");
        _values.Add("{ciphertext}", encrypted.GetProperty("CiphertextBlob").GetString()!);
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    /// <summary>Makes the call of a row.</summary>
    /// <returns>The HTTP status, the error code and the message, which are null where the answer has none.</returns>
    public async Task<(int Status, string? Code, string? Message)> CallAsync(JsonElement row)
    {
        (int status, string body) = await SendAsync(row.GetProperty("operation").GetString()!, Fill(row.GetProperty("request").GetRawText()));
        if (body.Length == 0)
        {
            return (status, null, null);
        }

        JsonElement answer = JsonElement.Parse(body);
        return (status, Text(answer, "__type"), Text(answer, "message") ?? Text(answer, "Message"));
    }

    /// <summary>A text of the table with the IDs and ARNs of the keys, and with bytes in Base64.</summary>
    public string Fill(string text)
    {
        foreach ((string name, string value) in _values)
        {
            text = text.Replace(name, value, StringComparison.Ordinal);
        }

        return Bytes().Replace(text, static match => Convert.ToBase64String(new byte[int.Parse(match.Groups[1].ValueSpan)]));
    }

    public static string? Text(JsonElement owner, string member) => owner.TryGetProperty(member, out JsonElement value) ? value.GetString() : null;

    private static string Without(JsonElement owner, string member) => JsonSerializer.Serialize(
        owner.EnumerateObject().Where(property => property.Name != member).ToDictionary(static property => property.Name, static property => property.Value));

    private async Task<JsonElement> OkAsync(string operation, string request)
    {
        (int status, string body) = await SendAsync(operation, request);
        Assert.True(status == 200, body);
        return body.Length == 0 ? default : JsonElement.Parse(body);
    }

    private async Task<(int Status, string Body)> SendAsync(string operation, string request)
    {
        (int status, string body, _) = await new SignedCall { Endpoint = _endpoint, Operation = operation, Body = request }.SendAsync();
        return (status, body);
    }

    [GeneratedRegex(@"\{bytes:(\d+)\}")]
    private static partial Regex Bytes();
}
