using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace KmsTools.Storage.Tables;

/// <summary>Small lists of pairs of texts in one column: [["a","b"],["c","d"]].</summary>
internal static class JsonPairs
{
    public const string Empty = "[]";

    public static string Write<T>(ImmutableArray<T> items, Func<T, (string? First, string? Second)> split)
    {
        if (items.IsDefaultOrEmpty)
        {
            return Empty;
        }

        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartArray();
            foreach (T item in items)
            {
                (string? first, string? second) = split(item);
                writer.WriteStartArray();
                writer.WriteStringValue(first);
                writer.WriteStringValue(second);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static ImmutableArray<T> Read<T>(string json, Func<string?, string?, T> join)
    {
        if (json == Empty)
        {
            return [];
        }

        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(pair => join(pair[0].GetString(), pair[1].GetString()))];
    }
}
