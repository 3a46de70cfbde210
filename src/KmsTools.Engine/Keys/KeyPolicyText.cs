using System.Text;
using System.Text.Json;

namespace KmsTools.Keys;

/// <summary>
/// Formats policies as AWS KMS does: objects over several lines, indented by two spaces; arrays on the line they are on; a space on each
/// side of a colon.
/// </summary>
internal static class KeyPolicyText
{
    /// <summary>Formats a document. Its content, and how its strings are escaped, stays unchanged.</summary>
    public static string Print(string policy)
    {
        byte[] json = Encoding.UTF8.GetBytes(policy);
        Utf8JsonReader reader = new(json);
        StringBuilder text = new(json.Length * 2);
        Stack<bool> isObject = new();
        JsonTokenType before = JsonTokenType.None;
        while (reader.Read())
        {
            bool isEnd = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
            bool isFirst = before is JsonTokenType.StartObject or JsonTokenType.StartArray;
            bool isInObject = isEnd ? isObject.Pop() : isObject.TryPeek(out bool inObject) && inObject;
            if (before != JsonTokenType.PropertyName && before != JsonTokenType.None)
            {
                text.Append(isFirst || isEnd ? "" : ",").Append(isInObject && !(isFirst && isEnd) ? NewLine(isObject) : " ");
            }

            Append(text, ref reader);
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                isObject.Push(reader.TokenType == JsonTokenType.StartObject);
            }

            before = reader.TokenType;
        }

        return text.ToString();
    }

    private static string NewLine(Stack<bool> isObject) => "\n" + new string(' ', 2 * isObject.Count(static inObject => inObject));

    private static void Append(StringBuilder text, ref Utf8JsonReader reader)
    {
        string token = Encoding.UTF8.GetString(reader.ValueSpan);
        text.Append(reader.TokenType switch
        {
            JsonTokenType.PropertyName => $"\"{token}\" : ",
            JsonTokenType.String => $"\"{token}\"",
            _ => token,
        });
    }
}
