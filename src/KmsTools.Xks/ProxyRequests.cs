using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>Writes the bodies of requests. Members that have no value are left out.</summary>
internal static class ProxyRequests
{
    private const int RoomForMetadata = 1024;
    private const string Algorithm = "AES_GCM";
    private const string IntegrityAlgorithm = "SHA_256";

    // Bodies are never part of a page, and Base64 has plus signs.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body of GetHealthStatus. No caller and no key are named in it.</summary>
    public static ReadOnlyMemory<byte> Health(XksRequestMetadata metadata) =>
        KeyMetadata(new XksRequestMetadata { KmsOperation = metadata.KmsOperation, KmsRequestId = metadata.KmsRequestId });

    /// <summary>The body of GetKeyMetadata.</summary>
    public static ReadOnlyMemory<byte> KeyMetadata(XksRequestMetadata metadata)
    {
        ArrayBufferWriter<byte> body = Begin(metadata, 0, out Utf8JsonWriter json);
        using (json)
        {
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    /// <summary>The body of Encrypt. A value for the integrity of the answer is always asked for.</summary>
    public static ReadOnlyMemory<byte> Encrypt(
        XksRequestMetadata metadata, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData)
    {
        ArrayBufferWriter<byte> body = Begin(metadata, plaintext.Length + additionalData.Length, out Utf8JsonWriter json);
        using (json)
        {
            Blob(json, "additionalAuthenticatedData", additionalData);
            json.WriteBase64String("plaintext", plaintext);
            json.WriteString("encryptionAlgorithm", Algorithm);
            json.WriteString("ciphertextDataIntegrityValueAlgorithm", IntegrityAlgorithm);
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    /// <summary>The body of Decrypt.</summary>
    public static ReadOnlyMemory<byte> Decrypt(
        XksRequestMetadata metadata, XksCiphertext ciphertext, ReadOnlySpan<byte> additionalData)
    {
        ArrayBufferWriter<byte> body = Begin(metadata, ciphertext.Ciphertext.Length + additionalData.Length, out Utf8JsonWriter json);
        using (json)
        {
            Blob(json, "additionalAuthenticatedData", additionalData);
            json.WriteBase64String("ciphertext", ciphertext.Ciphertext.Span);
            json.WriteBase64String("initializationVector", ciphertext.InitializationVector.Span);
            json.WriteBase64String("authenticationTag", ciphertext.AuthenticationTag.Span);
            Blob(json, "ciphertextMetadata", ciphertext.Metadata.Span);
            json.WriteString("encryptionAlgorithm", Algorithm);
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    private static ArrayBufferWriter<byte> Begin(XksRequestMetadata metadata, int bytes, out Utf8JsonWriter json)
    {
        ArrayBufferWriter<byte> body = new(RoomForMetadata + (bytes * 4 / 3));
        json = new Utf8JsonWriter(body, s_options);
        json.WriteStartObject();
        json.WriteStartObject("requestMetadata");
        Text(json, "awsPrincipalArn", metadata.AwsPrincipalArn);
        Text(json, "awsSourceVpc", metadata.AwsSourceVpc);
        Text(json, "awsSourceVpce", metadata.AwsSourceVpce);
        Text(json, "kmsKeyArn", metadata.KmsKeyArn);
        json.WriteString("kmsOperation", metadata.KmsOperation);
        json.WriteString("kmsRequestId", metadata.KmsRequestId);
        Text(json, "kmsViaService", metadata.KmsViaService);
        json.WriteEndObject();
        return body;
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Blob(Utf8JsonWriter json, string name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            json.WriteBase64String(name, value);
        }
    }
}
