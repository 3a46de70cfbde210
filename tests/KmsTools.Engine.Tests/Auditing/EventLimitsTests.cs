using System.Text.Json;
using KmsTools.Operations;

namespace KmsTools.Auditing;

/// <summary>How much of what a caller sends gets into an event and into a message.</summary>
public sealed class EventLimitsTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Event_OfAnInvalidText_HasItsFirstKilobyteInMessageAndParameters()
    {
        string message = _kms.Refused(new DescribeKeyRequest { KeyId = new string('k', 1_000_000) }).Message;

        string shown = new('k', 1024);
        Assert.Equal(
            $"1 validation error detected: Value '{shown}...' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048",
            message);
        using JsonDocument json = JsonDocument.Parse(Assert.Single(_kms.Events("DescribeKey")).CloudTrailEvent);
        Assert.Equal(message[..1024], json.RootElement.GetProperty("errorMessage").GetString());
        Assert.Equal(shown, json.RootElement.GetProperty("requestParameters").GetProperty("keyId").GetString());
    }

    [Fact]
    public void Message_OfAnInvalidText_ShowsUpTo1024Characters()
    {
        Assert.Equal(
            $"1 validation error detected: Value '{new string('A', 1024)}' at 'customKeyStoreName' failed to satisfy constraint: Member must have length less than or equal to 256",
            _kms.Refused(new CreateCustomKeyStoreRequest { CustomKeyStoreName = new string('A', 1024) }).Message);
        Assert.Equal(
            $"1 validation error detected: Value '{new string('A', 1024)}...' at 'customKeyStoreName' failed to satisfy constraint: Member must have length less than or equal to 256",
            _kms.Refused(new CreateCustomKeyStoreRequest { CustomKeyStoreName = new string('A', 1025) }).Message);
    }

    [Fact]
    public void Event_WithParametersAbove100KiB_OmitsThem()
    {
        KeyMetadata key = _kms.CreateKey();

        // 102,400 characters with the 36 of the key ID and the 17 of the algorithm.
        Dictionary<string, string> most = Enumerable.Range(0, 10_234).ToDictionary(static i => $"{i:D5}", static _ => "vvvvv");
        most["0"] = "vvvvvv";

        _kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], EncryptionContext = most });
        most["x"] = "y";
        _kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], EncryptionContext = most });

        JsonElement[] parameters =
        [
            .. _kms.Events("Encrypt").Select(static recorded =>
                JsonDocument.Parse(recorded.CloudTrailEvent).RootElement.GetProperty("requestParameters")),
        ];
        Assert.Equal(key.KeyId, parameters[0].GetProperty("keyId").GetString());
        Assert.Equal("""{"omitted":true,"originalSize":102402,"reason":"requestParameters too large"}""", parameters[1].GetRawText());
    }

    [Fact]
    public void Event_OfAContextWithoutAValue_HasNull()
    {
        KeyMetadata key = _kms.CreateKey();
        Dictionary<string, string> context = new() { ["a"] = null!, ["b"] = "c" };

        _kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], EncryptionContext = context });

        using JsonDocument json = JsonDocument.Parse(Assert.Single(_kms.Events("Encrypt")).CloudTrailEvent);
        Assert.Equal(
            """{"a":null,"b":"c"}""",
            json.RootElement.GetProperty("requestParameters").GetProperty("encryptionContext").GetRawText());
    }

    [Theory]
    [InlineData(null, 3, null)]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "abc")]
    [InlineData("ab\ud83d\ude00", 4, "ab\ud83d\ude00")]
    [InlineData("ab\ud83d\ude00x", 4, "ab\ud83d\ude00")]
    [InlineData("ab\ud83d\ude00", 3, "ab")]
    public void Cut_Text_KeepsPairsTogether(string? text, int max, string? expected) =>
        Assert.Equal(expected, EventLimits.Cut(text, max));
}
