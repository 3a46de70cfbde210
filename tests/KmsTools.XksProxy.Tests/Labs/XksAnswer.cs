using System.Text.Json.Nodes;

namespace KmsTools.XksProxy.Labs;

/// <summary>An answer of the proxy.</summary>
public sealed record XksAnswer(int Status, string Text, string? ContentType)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>Requires success, and gives the JSON.</summary>
    public JsonNode Ok()
    {
        Assert.True(Status == 200, $"{Status} {Text}");
        Assert.Equal("application/json", ContentType);
        Assert.DoesNotContain('\n', Text);
        return Json;
    }

    public string Member(string name) => Ok()[name]!.GetValue<string>();

    public byte[] Blob(string name) => Convert.FromBase64String(Member(name));

    /// <summary>Requires an error in the form of the API.</summary>
    public XksAnswer Is(int status, string errorName)
    {
        Assert.Equal((status, errorName), (Status, Json["errorName"]?.GetValue<string>()));
        Assert.Equal("application/json", ContentType);
        string message = Json["errorMessage"]!.GetValue<string>();
        Assert.InRange(message.Length, 1, 511);
        Assert.All(message, static character => Assert.InRange(character, ' ', '~'));
        Assert.DoesNotContain('\n', Text);
        return this;
    }
}
