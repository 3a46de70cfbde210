using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KmsTools.Binding;

/// <summary>Makes JSON of a policy as PowerShell users write it.</summary>
internal static class PolicyText
{
    private const int MaxDepth = 32;

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of a policy; null for null.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It is neither text nor a file nor something like JSON.</exception>
    public static string? Of(object? input)
    {
        object? value = input is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : input;
        return value switch
        {
            null => null,
            string text => text,
            FileInfo file => Read(file),
            IDictionary or PSObject => Write(value),

            // What Get-Content returns without -Raw.
            IEnumerable lines when lines.Cast<object?>().All(static line => Text(line) is not null) =>
                string.Join('\n', lines.Cast<object?>().Select(Text)),
            _ => throw new ArgumentTransformationMetadataException(
                $"A policy is JSON text, a file, a hashtable or an object, not {value.GetType().Name}."),
        };
    }

    private static string? Text(object? line) => (line is PSObject wrapper ? wrapper.BaseObject : line) as string;

    private static string Read(FileInfo file)
    {
        try
        {
            string text = File.ReadAllText(file.FullName);
            using JsonDocument json = JsonDocument.Parse(text);
            return text;
        }
        catch (JsonException exception)
        {
            throw new ArgumentTransformationMetadataException($"The file {file.FullName} holds no policy: it is not JSON.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentTransformationMetadataException($"The policy cannot be read: {exception.Message}", exception);
        }
    }

    private static string Write(object value)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, s_options))
        {
            Write(writer, value, MaxDepth);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, object? input, int depth)
    {
        if (depth == 0)
        {
            throw new ArgumentTransformationMetadataException($"A policy has at most {MaxDepth} levels.");
        }

        object? value = input is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : input;
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case SwitchParameter flag:
                writer.WriteBooleanValue(flag);
                break;
            case DateTime time:
                writer.WriteStringValue(time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case float or double or decimal or ulong:
                writer.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
            case IDictionary table:
                WriteObject(writer, table.Cast<DictionaryEntry>().Select(static entry => ($"{entry.Key}", entry.Value)), depth);
                break;
            case PSObject custom:
                WriteObject(writer, custom.Properties.Select(static property => (property.Name, (object?)property.Value)), depth);
                break;
            case IEnumerable items when value is not string:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    Write(writer, item, depth - 1);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, IEnumerable<(string Name, object? Value)> members, int depth)
    {
        writer.WriteStartObject();
        foreach ((string name, object? value) in members)
        {
            writer.WritePropertyName(name);
            Write(writer, value, depth - 1);
        }

        writer.WriteEndObject();
    }
}
