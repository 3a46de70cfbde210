using System.Text.Json;
using KmsTools.Sts;
using KmsTools.Validation;

namespace KmsTools.Auditing;

/// <content>Writes the events of AWS STS. Source: "Logging IAM and AWS STS API calls with AWS CloudTrail", IAM User Guide.</content>
internal static partial class AuditWriter
{
    /// <summary>The event of a call of AWS STS.</summary>
    /// <param name="call">The call.</param>
    /// <param name="eventName">The operation.</param>
    /// <param name="request">The request.</param>
    /// <param name="writeResponse">Writes responseElements; null when the call is refused.</param>
    /// <param name="error">Why it is refused, or null.</param>
    public static AuditRecord SecurityToken(
        StsCall call, string eventName, object request, Action<Utf8JsonWriter>? writeResponse, KmsException? error)
    {
        string eventId = CallId.New();
        EventBuffer buffer = EventBuffer.Take();
        Utf8JsonWriter writer = buffer.Writer;
        writer.WriteStartObject();
        writer.WriteString("eventVersion"u8, EventVersion);
        WriteIdentity(writer, call.Identity);
        WriteOccasion(
            writer, eventName, call.Now, call.Region, call.Caller.SourceIPAddress, call.Caller.UserAgent, "sts.amazonaws.com"u8);
        WriteError(writer, error?.ErrorCode, error?.Message);
        writer.WritePropertyName("requestParameters"u8);
        WriteParameters(writer, RequestShape.Of(request.GetType()), request, error);
        writer.WritePropertyName("responseElements"u8);
        if (writeResponse is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            writeResponse(writer);
        }

        WriteStrings(writer, "additionalEventData"u8, call.AdditionalEventData);
        writer.WriteString("requestID"u8, call.Caller.RequestId ?? CallId.New());
        writer.WriteString("eventID"u8, eventId);
        writer.WriteBoolean("readOnly"u8, true);
        if (call.RoleArn is { } roleArn)
        {
            writer.WriteStartArray("resources"u8);
            WriteResource(writer, roleArn.Split(':')[4], roleArn);
            writer.WriteEndArray();
        }

        writer.WriteString("eventType"u8, "AwsApiCall"u8);
        writer.WriteBoolean("managementEvent"u8, true);
        writer.WriteString("recipientAccountId"u8, call.AccountId);
        writer.WriteString("eventCategory"u8, "Management"u8);
        writer.WriteEndObject();
        return new AuditRecord(eventId, call.Now, eventName, call.Region, null, null, error?.ErrorCode, IsUse: false, buffer.Finish());
    }
}
