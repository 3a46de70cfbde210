using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace KmsTools.Endpoint.Json;

/// <summary>
/// Requests and responses of the engine as AWS JSON 1.1: members by their names, blobs in base64, dates in epoch seconds, enumerations
/// by name, null members omitted. Unknown members of a request are ignored.
/// </summary>
internal static class KmsJson
{
    /// <summary>Escapes only what JSON requires to be escaped.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private const int MaxDepth = 16;

    private static readonly JsonSerializerOptions Options = CreateOptions();

    /// <summary>Reads a request.</summary>
    /// <exception cref="CallException">SerializationException: the body is not JSON, or a value has the wrong type.</exception>
    public static object Read(Type type, ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, Options.GetTypeInfo(type))
                ?? throw CallException.Serialization("The body must be a JSON object.");
        }
        catch (JsonException exception)
        {
            // The path comes from the caller; the message of the serializer names types of this program.
            throw CallException.Serialization(
                exception.Path is null or "$" ? "The body is not a JSON object." : $"The value at '{exception.Path}' cannot be read.");
        }
    }

    /// <summary>Writes a response.</summary>
    public static void Write(IBufferWriter<byte> target, object response)
    {
        using Utf8JsonWriter writer = new(target, new JsonWriterOptions { Encoder = Encoder, SkipValidation = true });
        JsonSerializer.Serialize(writer, response, Options.GetTypeInfo(response.GetType()));
    }

    private static JsonSerializerOptions CreateOptions()
    {
        JsonSerializerOptions options = new()
        {
            AllowDuplicateProperties = false,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = Encoder,
            MaxDepth = MaxDepth,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters =
            {
                new EpochSecondsConverter(),
                new EpochSecondsOffsetConverter(),
                new BlobConverter(),
                new RequestBlobConverter(),
                new StringMapConverter(),
                new JsonStringEnumConverter(),
            },
        };
        options.MakeReadOnly();
        return options;
    }
}
