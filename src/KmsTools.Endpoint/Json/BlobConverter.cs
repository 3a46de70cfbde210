using System.Text.Json;
using System.Text.Json.Serialization;

namespace KmsTools.Endpoint.Json;

/// <summary>A blob of a response, in base64.</summary>
internal sealed class BlobConverter : JsonConverter<KmsBlob>
{
    public override bool CanConvert(Type typeToConvert) => typeof(KmsBlob).IsAssignableFrom(typeToConvert);

    public override KmsBlob Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new JsonException();

    public override void Write(Utf8JsonWriter writer, KmsBlob value, JsonSerializerOptions options)
    {
        int length = (int)value.Length;
        Span<byte> bytes = length <= 1024 ? stackalloc byte[length] : new byte[length];
        value.Position = 0;
        value.ReadExactly(bytes);
        writer.WriteBase64StringValue(bytes);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);

        // Its only reader has read it: a secret is zeroed.
        value.Dispose();
    }
}
