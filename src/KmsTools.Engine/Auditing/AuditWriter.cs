using System.Globalization;
using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Auditing;

/// <summary>
/// Writes events in the shape of CloudTrail records ("Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide). Request
/// members that their <see cref="MemberAttribute"/> excludes, and all blobs, are never written.
/// </summary>
internal static partial class AuditWriter
{
    private static ReadOnlySpan<byte> EventVersion => "1.11"u8;

    /// <summary>The event of an answered call.</summary>
    public static AuditRecord Answered<TRequest, TResponse>(
        OperationContext context,
        Operation<TRequest, TResponse> operation,
        TResponse response)
        where TRequest : class, IKmsRequest<TResponse>
        where TResponse : class
    {
        EventBuffer buffer = Begin(context, null);
        operation.WriteResponseElements(buffer.Writer, context, response);
        return End(buffer, context, null);
    }

    /// <summary>The event of a refused call.</summary>
    public static AuditRecord Refused(OperationContext context, KmsException error)
    {
        EventBuffer buffer = Begin(context, error);
        buffer.Writer.WriteNullValue();
        return End(buffer, context, error);
    }

    /// <summary>An event that KMS itself caused, such as RotateKey and DeleteExpiredKeyMaterial.</summary>
    /// <param name="eventName">The event.</param>
    /// <param name="key">The key it is about.</param>
    /// <param name="time">When it became due.</param>
    /// <param name="details">serviceEventDetails.</param>
    public static AuditRecord Service(
        string eventName, Key key, DateTimeOffset time, IReadOnlyDictionary<string, string?> details) =>
        Service(eventName, key.AccountId, key.Region, key, time, details, null, null);

    /// <summary>DeleteKey: the only event that KMS itself causes with the ARN of the key in its responseElements.</summary>
    /// <param name="key">The key.</param>
    /// <param name="time">When its deletion became due.</param>
    /// <param name="additionalEventData">additionalEventData, or null.</param>
    public static AuditRecord Deletion(Key key, DateTimeOffset time, IReadOnlyDictionary<string, string>? additionalEventData) => Service(
        AuditNames.DeleteKey,
        key.AccountId,
        key.Region,
        key,
        time,
        new Dictionary<string, string?> { [AuditNames.Members.KeyId] = key.KeyId },
        new Dictionary<string, string> { [AuditNames.Members.KeyId] = key.Arn },
        additionalEventData);

    /// <summary>An event that KMS itself caused, about the store.</summary>
    /// <param name="eventName">The event.</param>
    /// <param name="store">The store.</param>
    /// <param name="time">When.</param>
    /// <param name="details">serviceEventDetails.</param>
    public static AuditRecord Service(
        string eventName, StateStoreProperties store, DateTimeOffset time, IReadOnlyDictionary<string, string?> details) =>
        Service(eventName, store.AccountId, store.Region, null, time, details, null, null);

    private static AuditRecord Service(
        string eventName,
        string accountId,
        string region,
        Key? key,
        DateTimeOffset time,
        IReadOnlyDictionary<string, string?> details,
        IReadOnlyDictionary<string, string>? responseElements,
        IReadOnlyDictionary<string, string>? additionalEventData)
    {
        string eventId = CallId.New();
        EventBuffer buffer = EventBuffer.Take();
        Utf8JsonWriter writer = buffer.Writer;
        writer.WriteStartObject();
        writer.WriteString("eventVersion"u8, EventVersion);
        writer.WriteStartObject("userIdentity"u8);
        writer.WriteString("accountId"u8, accountId);
        writer.WriteString("invokedBy"u8, "AWS Internal"u8);
        writer.WriteEndObject();
        WriteOccasion(writer, eventName, time, region, "AWS Internal", "AWS Internal");
        writer.WriteNull("requestParameters"u8);
        WriteResponse(writer, responseElements);
        WriteStrings(writer, "additionalEventData"u8, additionalEventData);
        writer.WriteString("eventID"u8, eventId);
        writer.WriteBoolean("readOnly"u8, false);
        if (key is not null)
        {
            writer.WriteStartArray("resources"u8);
            WriteResource(writer, accountId, key.Arn);
            writer.WriteEndArray();
        }

        writer.WriteString("eventType"u8, "AwsServiceEvent"u8);
        writer.WriteBoolean("managementEvent"u8, true);
        writer.WriteString("recipientAccountId"u8, accountId);
        writer.WriteStartObject("serviceEventDetails"u8);
        foreach ((string name, string? value) in details)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.WriteString("eventCategory"u8, "Management"u8);
        writer.WriteEndObject();
        return new AuditRecord(eventId, time, eventName, region, key?.KeyId, null, null, IsUse: false, buffer.Finish());
    }

    /// <summary>
    /// The event of an administrative act, for which AWS KMS has no operation: it is shaped like an API call of KmsTools itself.
    /// </summary>
    /// <param name="act">The act, with its caller and its Region.</param>
    /// <param name="caller">The caller with what the store knows about it.</param>
    /// <param name="accountId">The account of the store.</param>
    /// <param name="time">When.</param>
    /// <param name="responseElements">responseElements.</param>
    /// <param name="additionalEventData">additionalEventData.</param>
    /// <param name="refusal">Why the act is refused; null when it is performed.</param>
    public static AuditRecord Administration(
        AdministrativeAct act,
        CallerIdentity caller,
        string accountId,
        DateTimeOffset time,
        IReadOnlyDictionary<string, string> responseElements,
        IReadOnlyDictionary<string, string> additionalEventData,
        AdministrativeRefusal? refusal)
    {
        string eventId = CallId.New();
        string? keyArn = act.KeyArn ?? refusal?.KeyArn;
        EventBuffer buffer = EventBuffer.Take();
        Utf8JsonWriter writer = buffer.Writer;
        writer.WriteStartObject();
        writer.WriteString("eventVersion"u8, EventVersion);
        WriteIdentity(writer, caller);
        WriteOccasion(writer, act.EventName, time, act.Region!, act.Caller!.SourceIPAddress, act.Caller.UserAgent, "kmstools"u8);
        WriteError(writer, refusal?.ErrorCode, refusal?.Message);
        WriteStrings(writer, "requestParameters"u8, act.Parameters);
        WriteResponse(writer, refusal is null ? responseElements : null);
        WriteStrings(writer, "additionalEventData"u8, additionalEventData);
        writer.WriteString("requestID"u8, act.Caller.RequestId ?? CallId.New());
        writer.WriteString("eventID"u8, eventId);
        writer.WriteBoolean("readOnly"u8, false);
        if (keyArn is not null)
        {
            writer.WriteStartArray("resources"u8);
            WriteResource(writer, accountId, keyArn);
            writer.WriteEndArray();
        }

        writer.WriteString("eventType"u8, "AwsApiCall"u8);
        writer.WriteBoolean("managementEvent"u8, true);
        writer.WriteString("recipientAccountId"u8, accountId);
        writer.WriteString("eventCategory"u8, "Management"u8);
        writer.WriteEndObject();
        return new AuditRecord(
            eventId,
            time,
            act.EventName,
            act.Region!,
            KeyIdOf(keyArn),
            null,
            refusal?.ErrorCode,
            IsUse: false,
            buffer.Finish());
    }

    /// <summary>Writes an event up to the value of its responseElements.</summary>
    private static EventBuffer Begin(OperationContext context, KmsException? error)
    {
        EventBuffer buffer = EventBuffer.Take();
        Utf8JsonWriter writer = buffer.Writer;
        writer.WriteStartObject();
        writer.WriteString("eventVersion"u8, EventVersion);
        WriteIdentity(writer, context.Identity);
        WriteOccasion(
            writer,
            context.Operation.Name,
            context.Now,
            context.Region,
            context.Caller.SourceIPAddress,
            context.Caller.UserAgent);
        WriteError(writer, EventCode(error), error?.Message);
        WriteParameters(writer, context, error);
        writer.WritePropertyName("responseElements"u8);
        return buffer;
    }

    /// <summary>Writes what comes after responseElements.</summary>
    private static AuditRecord End(EventBuffer buffer, OperationContext context, KmsException? error)
    {
        Utf8JsonWriter writer = buffer.Writer;
        WriteAdditionalData(writer, context);
        writer.WriteString("requestID"u8, context.RequestId);
        writer.WriteString("eventID"u8, context.EventId);
        writer.WriteBoolean("readOnly"u8, context.Operation.ReadOnly);
        WriteResources(writer, context);
        writer.WriteString("eventType"u8, "AwsApiCall"u8);
        writer.WriteBoolean("managementEvent"u8, true);
        writer.WriteString("recipientAccountId"u8, context.AccountId);
        writer.WriteString("eventCategory"u8, "Management"u8);
        writer.WriteEndObject();
        return new AuditRecord(
            context.EventId,
            context.Now,
            context.Operation.Name,
            context.Region,
            context.Keys.Count > 0 ? context.Keys[0].KeyId : KeyIdOf(error?.KeyArn),
            context.Keys.Count > 1 ? context.Keys[1].KeyId : null,
            EventCode(error),
            error is null && context.Operation.IsKeyUse,
            buffer.Finish());
    }

    // CloudTrail has a different name for one error; all others keep theirs.
    private static string? EventCode(KmsException? error) =>
        error?.ErrorCode == "AccessDeniedException" ? "AccessDenied" : error?.ErrorCode;

    private static string? KeyIdOf(string? arn) =>
        arn is null || arn.LastIndexOf(":key/", StringComparison.Ordinal) is var at && at < 0 ? null : arn[(at + 5)..];

    private static void WriteOccasion(
        Utf8JsonWriter writer,
        string eventName,
        DateTimeOffset time,
        string region,
        string address,
        string agent,
        ReadOnlySpan<byte> source = default)
    {
        WriteTime(writer, "eventTime"u8, time.UtcDateTime);
        writer.WriteString("eventSource"u8, source.IsEmpty ? "kms.amazonaws.com"u8 : source);
        writer.WriteString("eventName"u8, eventName);
        writer.WriteString("awsRegion"u8, region);
        writer.WriteString("sourceIPAddress"u8, address);
        writer.WriteString("userAgent"u8, agent);
    }

    private static void WriteError(Utf8JsonWriter writer, string? code, string? message)
    {
        if (code is null)
        {
            return;
        }

        writer.WriteString("errorCode"u8, code);
        if (!string.IsNullOrEmpty(message))
        {
            writer.WriteString("errorMessage"u8, EventLimits.Cut(message, EventLimits.MaxErrorMessage));
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTime time)
    {
        Span<byte> text = stackalloc byte["yyyy-MM-ddTHH:mm:ss.fffZ".Length];
        time.TryFormat(text, out int length, "s", CultureInfo.InvariantCulture);
        text[length++] = (byte)'.';
        time.Millisecond.TryFormat(text[length..], out int digits, "D3", CultureInfo.InvariantCulture);
        text[length + digits] = (byte)'Z';
        writer.WriteString(name, text);
    }

    private static void WriteStrings(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string>? values)
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

    private static void WriteResponse(Utf8JsonWriter writer, IReadOnlyDictionary<string, string>? elements)
    {
        if (elements is null || elements.Count == 0)
        {
            writer.WriteNull("responseElements"u8);
            return;
        }

        WriteStrings(writer, "responseElements"u8, elements);
    }

    private static void WriteResources(Utf8JsonWriter writer, OperationContext context)
    {
        if (context.Keys.Count == 0 && context.OtherResources.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("resources"u8);
        foreach (Key key in context.Keys)
        {
            WriteResource(writer, context.AccountId, key.Arn);
        }

        foreach (string arn in context.OtherResources)
        {
            WriteResource(writer, context.AccountId, arn);
        }

        writer.WriteEndArray();
    }

    private static void WriteResource(Utf8JsonWriter writer, string accountId, string arn)
    {
        writer.WriteStartObject();
        writer.WriteString("accountId"u8, accountId);
        writer.WriteString("type"u8, TypeOf(arn));
        writer.WriteString("ARN"u8, arn);
        writer.WriteEndObject();
    }

    private static string TypeOf(string arn) =>
        arn.Contains(":alias/", StringComparison.Ordinal) ? "AWS::KMS::Alias"
        : arn.Contains(":role/", StringComparison.Ordinal) ? "AWS::IAM::Role"
        : "AWS::KMS::Key";
}
