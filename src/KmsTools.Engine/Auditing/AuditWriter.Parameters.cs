using System.Globalization;
using System.Text.Json;
using KmsTools.Validation;

namespace KmsTools.Auditing;

/// <content>Writes the members of requests.</content>
internal static partial class AuditWriter
{
    /// <summary>A date as CloudTrail writes it inside parameters, such as <c>Aug 10, 2022, 10:38:27 PM</c>.</summary>
    public static string Date(DateTimeOffset date) => date.UtcDateTime.ToString("MMM d, yyyy, h:mm:ss tt", CultureInfo.InvariantCulture);

    private static void WriteParameters(Utf8JsonWriter writer, OperationContext context, int maxText)
    {
        writer.WritePropertyName("requestParameters"u8);
        if (LengthOf(context.Operation.Shape, context.Request, maxText) is not { } length)
        {
            writer.WriteNullValue();
        }
        else if (length <= EventLimits.MaxParameters)
        {
            WriteMembers(writer, context.Operation.Shape, context.Request, maxText);
        }
        else
        {
            writer.WriteStartObject();
            writer.WriteBoolean("omitted"u8, true);
            writer.WriteNumber("originalSize"u8, length);
            writer.WriteString("reason"u8, "requestParameters too large"u8);
            writer.WriteEndObject();
        }
    }

    // The characters of all texts; null when there are no members.
    private static long? LengthOf(RequestShape shape, object structure, int maxText)
    {
        long? length = null;
        foreach (MemberShape member in shape.LoggedMembers)
        {
            if (member.Get(structure) is { } value)
            {
                length = (length ?? 0) + LengthOf(value, maxText);
            }
        }

        return length;
    }

    private static long LengthOf(object? value, int maxText)
    {
        long length = 0;
        switch (value)
        {
            case string text:
                return Math.Min(text.Length, maxText);
            case IReadOnlyDictionary<string, string> map:
                foreach ((string name, string text) in map)
                {
                    length += Math.Min(name.Length, maxText) + Math.Min(text.Length, maxText);
                }

                return length;
            case System.Collections.IEnumerable items:
                foreach (object? item in items)
                {
                    length += 1 + LengthOf(item, maxText);
                }

                return length;
            case null or Enum or bool or int or DateTimeOffset:
                return length;
            default:
                return RequestShape.Of(value.GetType()) is { Members.IsEmpty: false } shape ? LengthOf(shape, value, maxText) ?? 0 : 0;
        }
    }

    private static void WriteMembers(Utf8JsonWriter writer, RequestShape shape, object structure, int maxText)
    {
        writer.WriteStartObject();
        foreach (MemberShape member in shape.LoggedMembers)
        {
            if (member.Get(structure) is { } value)
            {
                writer.WritePropertyName(member.EncodedName);
                WriteValue(writer, value, maxText);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value, int maxText)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(EventLimits.Cut(text, maxText));
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case DateTimeOffset date:
                writer.WriteStringValue(Date(date));
                break;
            case IReadOnlyDictionary<string, string> map:
                writer.WriteStartObject();
                foreach ((string name, string text) in map)
                {
                    writer.WriteString(EventLimits.Cut(name, maxText), EventLimits.Cut(text, maxText));
                }

                writer.WriteEndObject();
                break;
            case System.Collections.IEnumerable items:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    WriteValue(writer, item, maxText);
                }

                writer.WriteEndArray();
                break;
            case not Enum when RequestShape.Of(value.GetType()) is { Members.IsEmpty: false } shape:
                WriteMembers(writer, shape, value, maxText);
                break;
            default:
                writer.WriteStringValue(value.ToString());
                break;
        }
    }
}
