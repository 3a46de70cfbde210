using System.Globalization;
using System.Text.Json;
using KmsTools.Validation;

namespace KmsTools.Auditing;

/// <content>Writes the members of requests, and what events have besides them.</content>
internal static partial class AuditWriter
{
    /// <summary>A date as CloudTrail writes it inside parameters, such as <c>Aug 10, 2022, 10:38:27 PM</c>.</summary>
    public static string Date(DateTimeOffset date) => date.UtcDateTime.ToString("MMM d, yyyy, h:mm:ss tt", CultureInfo.InvariantCulture);

    private static void WriteParameters(Utf8JsonWriter writer, OperationContext context, KmsException? error)
    {
        writer.WritePropertyName("requestParameters"u8);
        if (HasParameters(context))
        {
            WriteParameters(writer, context.Operation.Shape, context.Request, error);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    // The parameters of a call that is performed are valid, and so they are no longer than the API lets them be.
    private static void WriteParameters(Utf8JsonWriter writer, RequestShape shape, object request, KmsException? error)
    {
        int maxText = error?.ErrorCode == "ValidationException" ? EventLimits.MaxInvalidText : int.MaxValue;
        if (error is null || LengthOf(shape, request, maxText) is not (> EventLimits.MaxParameters and var length))
        {
            WriteMembers(writer, shape, request, maxText);
            return;
        }

        writer.WriteStartObject();
        writer.WriteBoolean("omitted"u8, true);
        writer.WriteNumber("originalSize"u8, length);
        writer.WriteString("reason"u8, "requestParameters too large"u8);
        writer.WriteEndObject();
    }

    private static void WriteAdditionalData(Utf8JsonWriter writer, OperationContext context)
    {
        if (context.Materials.IsEmpty && context.AdditionalEventData.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("additionalEventData"u8);
        WriteMaterial(writer, "keyMaterialId"u8, context.Materials.KeyMaterialId);
        WriteMaterial(writer, "sourceKeyMaterialId"u8, context.Materials.SourceKeyMaterialId);
        WriteMaterial(writer, "destinationKeyMaterialId"u8, context.Materials.DestinationKeyMaterialId);
        foreach ((string name, string value) in context.AdditionalEventData)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteMaterial(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? keyMaterialId)
    {
        if (keyMaterialId is not null)
        {
            writer.WriteString(name, keyMaterialId);
        }
    }

    private static bool HasParameters(OperationContext context)
    {
        foreach (MemberShape member in context.Operation.Shape.LoggedMembers)
        {
            if (member.GetLogged(context.Request) is not null)
            {
                return true;
            }
        }

        return false;
    }

    // The characters of all texts.
    private static long LengthOf(RequestShape shape, object structure, int maxText)
    {
        long length = 0;
        foreach (MemberShape member in shape.LoggedMembers)
        {
            length += LengthOf(member.GetLogged(structure), maxText);
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
                foreach ((string name, string? text) in map)
                {
                    length += Math.Min(name.Length, maxText) + Math.Min(text?.Length ?? 0, maxText);
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
                return RequestShape.Of(value.GetType()) is { Members.IsEmpty: false } shape ? LengthOf(shape, value, maxText) : 0;
        }
    }

    private static void WriteMembers(Utf8JsonWriter writer, RequestShape shape, object structure, int maxText)
    {
        writer.WriteStartObject();
        foreach (MemberShape member in shape.LoggedMembers)
        {
            if (member.GetLogged(structure) is { } value)
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
                foreach ((string name, string? text) in map)
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
