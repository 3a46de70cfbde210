using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using KmsTools.Http;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Requests;

/// <summary>Writes answers: one line of JSON without blanks.</summary>
internal static class Answer
{
    private const string Json = "application/json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonEncodedText ErrorName = JsonEncodedText.Encode("errorName");
    private static readonly JsonEncodedText ErrorMessage = JsonEncodedText.Encode("errorMessage");
    private static readonly JsonEncodedText Ciphertext = JsonEncodedText.Encode("ciphertext");
    private static readonly JsonEncodedText Iv = JsonEncodedText.Encode("initializationVector");
    private static readonly JsonEncodedText Tag = JsonEncodedText.Encode("authenticationTag");
    private static readonly JsonEncodedText Metadata = JsonEncodedText.Encode("ciphertextMetadata");
    private static readonly JsonEncodedText Integrity = JsonEncodedText.Encode("ciphertextDataIntegrityValue");
    private static readonly JsonEncodedText Plaintext = JsonEncodedText.Encode("plaintext");

    /// <summary>Answers with an error.</summary>
    public static void Write(HttpResponse response, XksException error)
    {
        response.StatusCode = error.Status;
        Write(response, error, static (writer, error) =>
        {
            writer.WriteString(ErrorName, error.Error.ToString());
            writer.WriteString(ErrorMessage, error.Answer);
        });
    }

    /// <summary>Answers an encryption.</summary>
    public static void Write(HttpResponse response, EncryptWork work) => Write(response, work, static (writer, work) =>
    {
        ReadOnlySpan<byte> message = work.Message;
        Span<byte> metadata = stackalloc byte[CiphertextMetadata.Size];
        work.Metadata.Write(metadata);
        writer.WriteBase64String(Ciphertext, message[EncryptWork.IvSize..^EncryptWork.TagSize]);
        writer.WriteBase64String(Iv, message[..EncryptWork.IvSize]);
        writer.WriteBase64String(Tag, message[^EncryptWork.TagSize..]);
        writer.WriteBase64String(Metadata, metadata);
        if (!work.Integrity.IsEmpty)
        {
            writer.WriteBase64String(Integrity, work.Integrity);
        }
    });

    /// <summary>Answers a decryption.</summary>
    public static void Write(HttpResponse response, DecryptWork work) =>
        Write(response, work, static (writer, work) => writer.WriteBase64String(Plaintext, work.Plaintext));

    /// <summary>Answers a question about a key.</summary>
    /// <param name="response">The response.</param>
    /// <param name="key">What its token says about it.</param>
    /// <param name="usages">What it may be used for.</param>
    /// <param name="isEnabled">Whether it can be used.</param>
    public static void Write(HttpResponse response, KeyDescription key, IEnumerable<string> usages, bool isEnabled) =>
        Write(response, (key, usages, isEnabled), static (writer, about) =>
        {
            writer.WriteString("keySpec", about.key.Spec);
            writer.WriteStartArray("keyUsage");
            foreach (string usage in about.usages)
            {
                writer.WriteStringValue(usage);
            }

            writer.WriteEndArray();
            writer.WriteString("keyStatus", about.isEnabled ? "ENABLED" : "DISABLED");
        });

    /// <summary>Answers with the members that a function writes.</summary>
    public static void Write<T>(HttpResponse response, T state, Action<Utf8JsonWriter, T> write)
    {
        using PooledBuffer buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            writer.WriteStartObject();
            write(writer, state);
            writer.WriteEndObject();
        }

        response.ContentType = Json;
        response.ContentLength = buffer.WrittenSpan.Length;
        response.BodyWriter.Write(buffer.WrittenSpan);
    }
}
