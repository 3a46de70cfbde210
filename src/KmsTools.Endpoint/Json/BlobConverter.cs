using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
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
        CryptographicOperations.ZeroMemory(bytes);

        // Its only reader has read it: a secret is zeroed.
        value.Dispose();
    }
}

/// <summary>A blob of a request: base64 (RFC 4648, section 4) without blanks and line feeds, which the serializer would skip.</summary>
internal sealed class RequestBlobConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes))
        {
            throw new JsonException();
        }

        if (TextLength(in reader) != Base64.GetMaxEncodedToUtf8Length(bytes.Length))
        {
            CryptographicOperations.ZeroMemory(bytes);
            throw new JsonException();
        }

        return bytes;
    }

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => throw new JsonException();

    private static int TextLength(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.Length;
        }

        byte[] text = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return reader.CopyString(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            ArrayPool<byte>.Shared.Return(text);
        }
    }
}
