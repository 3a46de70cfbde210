using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KmsTools.Operations;
using KmsTools.Validation;

namespace KmsTools.Auditing;

/// <summary>
/// Writes events in the shape of CloudTrail records ("Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide). What a
/// request member's <see cref="MemberAttribute"/> keeps out, and every blob, is never written.
/// </summary>
internal static class AuditWriter
{
    private const string EventVersion = "1.11";
    private const int MostKept = 32 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    /// <summary>The event of an answered call.</summary>
    public static AuditRecord Answered<TRequest, TResponse>(OperationContext context, Operation<TRequest, TResponse> operation, TResponse response)
        where TRequest : class, IKmsRequest<TResponse>
        where TResponse : class =>
        Call(context, null, writer =>
        {
            writer.WritePropertyName("responseElements");
            operation.WriteResponseElements(writer, response);
        });

    /// <summary>The event of a refused call.</summary>
    public static AuditRecord Refused(OperationContext context, KmsException error) =>
        Call(context, error, static writer => writer.WriteNull("responseElements"));

    /// <summary>An event that KMS itself caused: RotateKey, DeleteKey, DeleteExpiredKeyMaterial.</summary>
    /// <param name="eventName">The event.</param>
    /// <param name="key">The key it is about.</param>
    /// <param name="time">When it fell due.</param>
    /// <param name="details">serviceEventDetails.</param>
    /// <param name="additionalEventData">additionalEventData, or null.</param>
    public static AuditRecord Service(
        string eventName,
        Key key,
        DateTimeOffset time,
        IReadOnlyDictionary<string, string?> details,
        IReadOnlyDictionary<string, string>? additionalEventData = null)
    {
        string eventId = Guid.NewGuid().ToString("D");
        byte[] json = Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("eventVersion", EventVersion);
            writer.WriteStartObject("userIdentity");
            writer.WriteString("accountId", key.AccountId);
            writer.WriteString("invokedBy", "AWS Internal");
            writer.WriteEndObject();
            WriteOccasion(writer, eventName, time, key.Region, "AWS Internal", "AWS Internal");
            writer.WriteNull("requestParameters");
            writer.WriteNull("responseElements");
            WriteStrings(writer, "additionalEventData", additionalEventData);
            writer.WriteString("eventID", eventId);
            writer.WriteBoolean("readOnly", false);
            WriteResources(writer, key.AccountId, [key.Arn]);
            writer.WriteString("eventType", "AwsServiceEvent");
            writer.WriteBoolean("managementEvent", true);
            writer.WriteString("recipientAccountId", key.AccountId);
            writer.WriteStartObject("serviceEventDetails");
            foreach ((string name, string? value) in details)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writer.WriteString("eventCategory", "Management");
            writer.WriteEndObject();
        });
        return new AuditRecord(eventId, time, eventName, key.Region, key.KeyId, null, null, IsUse: false, json);
    }

    /// <summary>
    /// The event of what a person does to the HSMs of a store, for which AWS KMS has no operation: it is shaped like an API call of
    /// KmsTools' own.
    /// </summary>
    /// <param name="eventName">What is done.</param>
    /// <param name="caller">Who does it.</param>
    /// <param name="accountId">The account of the store.</param>
    /// <param name="region">The Region.</param>
    /// <param name="time">When.</param>
    /// <param name="parameters">requestParameters.</param>
    /// <param name="keyArn">The key it is about, or null.</param>
    /// <param name="additionalEventData">additionalEventData, or null.</param>
    public static AuditRecord Administration(
        string eventName,
        Caller caller,
        string accountId,
        string region,
        DateTimeOffset time,
        IReadOnlyDictionary<string, string> parameters,
        string? keyArn = null,
        IReadOnlyDictionary<string, string>? additionalEventData = null)
    {
        string eventId = Guid.NewGuid().ToString("D");
        byte[] json = Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("eventVersion", EventVersion);
            WriteIdentity(writer, caller, accountId);
            WriteOccasion(writer, eventName, time, region, caller.SourceIPAddress, caller.UserAgent, "kmstools");
            WriteStrings(writer, "requestParameters", parameters);
            writer.WriteNull("responseElements");
            WriteStrings(writer, "additionalEventData", additionalEventData);
            writer.WriteString("requestID", caller.RequestId ?? Guid.NewGuid().ToString("D"));
            writer.WriteString("eventID", eventId);
            writer.WriteBoolean("readOnly", false);
            WriteResources(writer, accountId, keyArn is null ? [] : [keyArn]);
            writer.WriteString("eventType", "AwsApiCall");
            writer.WriteBoolean("managementEvent", true);
            writer.WriteString("recipientAccountId", accountId);
            writer.WriteString("eventCategory", "Management");
            writer.WriteEndObject();
        });
        return new AuditRecord(eventId, time, eventName, region, KeyIdOf(keyArn), null, null, IsUse: false, json);
    }

    /// <summary>A date as CloudTrail writes it inside parameters, such as <c>Aug 10, 2022, 10:38:27 PM</c>.</summary>
    public static string Date(DateTimeOffset date) => date.UtcDateTime.ToString("MMM d, yyyy, h:mm:ss tt", CultureInfo.InvariantCulture);

    private static AuditRecord Call(OperationContext context, KmsException? error, Action<Utf8JsonWriter> writeResponse)
    {
        byte[] json = Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("eventVersion", EventVersion);
            WriteIdentity(writer, context.Caller, context.AccountId);
            WriteOccasion(writer, context.Operation.Name, context.Now, context.Region, context.Caller.SourceIPAddress, context.Caller.UserAgent);
            if (error is not null)
            {
                writer.WriteString("errorCode", error.ErrorCode);
                if (error.Message.Length > 0)
                {
                    writer.WriteString("errorMessage", error.Message);
                }
            }

            WriteParameters(writer, context);
            writeResponse(writer);
            WriteStrings(writer, "additionalEventData", context.AdditionalEventData);
            writer.WriteString("requestID", context.RequestId);
            writer.WriteString("eventID", context.EventId);
            writer.WriteBoolean("readOnly", context.Operation.ReadOnly);
            WriteResources(writer, context.AccountId, [.. context.Keys.Select(static key => key.Arn), .. context.OtherResources]);
            writer.WriteString("eventType", "AwsApiCall");
            writer.WriteBoolean("managementEvent", true);
            writer.WriteString("recipientAccountId", context.AccountId);
            writer.WriteString("eventCategory", "Management");
            writer.WriteEndObject();
        });
        return new AuditRecord(
            context.EventId,
            context.Now,
            context.Operation.Name,
            context.Region,
            context.Keys.Count > 0 ? context.Keys[0].KeyId : KeyIdOf(error?.KeyArn),
            context.Keys.Count > 1 ? context.Keys[1].KeyId : null,
            error?.ErrorCode,
            error is null && context.Operation.IsKeyUse,
            json);
    }

    private static string? KeyIdOf(string? arn) => arn is null || arn.LastIndexOf(":key/", StringComparison.Ordinal) is var at && at < 0 ? null : arn[(at + 5)..];

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = t_buffer ??= new ArrayBufferWriter<byte>(2048);
        buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        if (buffer.Capacity > MostKept)
        {
            // One oversized request must not weigh on its thread for ever.
            t_buffer = null;
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteIdentity(Utf8JsonWriter writer, Caller caller, string accountId)
    {
        string arn = caller.PrincipalArn;
        writer.WriteStartObject("userIdentity");
        writer.WriteString("type", arn.Contains(":assumed-role/", StringComparison.Ordinal) ? "AssumedRole" : arn.EndsWith(":root", StringComparison.Ordinal) ? "Root" : "IAMUser");
        writer.WriteString("arn", arn);
        writer.WriteString("accountId", accountId);
        if (arn.LastIndexOf('/') is var slash && slash >= 0)
        {
            writer.WriteString("userName", arn[(slash + 1)..]);
        }

        writer.WriteEndObject();
    }

    private static void WriteOccasion(
        Utf8JsonWriter writer, string eventName, DateTimeOffset time, string region, string address, string agent, string source = "kms.amazonaws.com")
    {
        writer.WriteString("eventTime", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        writer.WriteString("eventSource", source);
        writer.WriteString("eventName", eventName);
        writer.WriteString("awsRegion", region);
        writer.WriteString("sourceIPAddress", address);
        writer.WriteString("userAgent", agent);
    }

    private static void WriteParameters(Utf8JsonWriter writer, OperationContext context)
    {
        if (context.Operation.Shape.Members.Any(member => member.IsLogged && member.Get(context.Request) is not null))
        {
            writer.WritePropertyName("requestParameters");
            WriteMembers(writer, context.Operation.Shape, context.Request);
        }
        else
        {
            writer.WriteNull("requestParameters");
        }
    }

    private static void WriteMembers(Utf8JsonWriter writer, RequestShape shape, object structure)
    {
        writer.WriteStartObject();
        foreach (MemberShape member in shape.Members)
        {
            if (member.IsLogged && member.Get(structure) is { } value)
            {
                writer.WritePropertyName(member.WireName);
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

    private static void WriteStrings(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string>? values)
    {
        if (values is null || values.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(name);
        foreach ((string key, string value) in values)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteResources(Utf8JsonWriter writer, string accountId, IReadOnlyCollection<string> arns)
    {
        if (arns.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("resources");
        foreach (string arn in arns)
        {
            writer.WriteStartObject();
            writer.WriteString("accountId", accountId);
            writer.WriteString("type", arn.Contains(":alias/", StringComparison.Ordinal) ? "AWS::KMS::Alias" : "AWS::KMS::Key");
            writer.WriteString("ARN", arn);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
