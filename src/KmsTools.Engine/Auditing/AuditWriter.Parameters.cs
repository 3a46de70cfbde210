using System.Globalization;
using System.Text.Json;
using KmsTools.Validation;

namespace KmsTools.Auditing;

/// <content>Writes the members of requests.</content>
internal static partial class AuditWriter
{
    /// <summary>A date as CloudTrail writes it inside parameters, such as <c>Aug 10, 2022, 10:38:27 PM</c>.</summary>
    public static string Date(DateTimeOffset date) => date.UtcDateTime.ToString("MMM d, yyyy, h:mm:ss tt", CultureInfo.InvariantCulture);

    private static void WriteParameters(Utf8JsonWriter writer, OperationContext context)
    {
        writer.WritePropertyName("requestParameters"u8);
        if (HasParameters(context))
        {
            WriteMembers(writer, context.Operation.Shape, context.Request);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static bool HasParameters(OperationContext context)
    {
        foreach (MemberShape member in context.Operation.Shape.LoggedMembers)
        {
            if (member.Get(context.Request) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteMembers(Utf8JsonWriter writer, RequestShape shape, object structure)
    {
        writer.WriteStartObject();
        foreach (MemberShape member in shape.LoggedMembers)
        {
            if (member.Get(structure) is { } value)
            {
                writer.WritePropertyName(member.EncodedName);
                WriteValue(writer, value);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
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
                    writer.WriteString(name, text);
                }

                writer.WriteEndObject();
                break;
            case System.Collections.IEnumerable items:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    WriteValue(writer, item);
                }

                writer.WriteEndArray();
                break;
            case not Enum when RequestShape.Of(value.GetType()) is { Members.IsEmpty: false } shape:
                WriteMembers(writer, shape, value);
                break;
            default:
                writer.WriteStringValue(value.ToString());
                break;
        }
    }
}
