using System.Globalization;
using System.Text.Json;

namespace KmsTools.Auditing;

/// <summary>An audit event in the shape of a CloudTrail record.</summary>
public sealed class AuditEvent
{
    private AuditEvent(JsonElement json)
    {
        EventTime = DateTime.Parse(Text(json, "eventTime")!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        EventName = Text(json, "eventName")!;
        EventType = Text(json, "eventType")!;
        EventId = Text(json, "eventID")!;
        RequestId = Text(json, "requestID");
        AwsRegion = Text(json, "awsRegion")!;
        ReadOnly = json.GetProperty("readOnly").GetBoolean();
        ErrorCode = Text(json, "errorCode");
        ErrorMessage = Text(json, "errorMessage");
        UserIdentity = Values(json, "userIdentity")!;
        RequestParameters = Values(json, "requestParameters");
        ResponseElements = Values(json, "responseElements");
        AdditionalEventData = Values(json, "additionalEventData");
        ServiceEventDetails = Values(json, "serviceEventDetails");
        Resources = json.TryGetProperty("resources", out JsonElement resources)
            ? [.. resources.EnumerateArray().Select(static resource => resource.GetProperty("ARN").GetString()!)]
            : [];
        CloudTrailEvent = json.GetRawText();
    }

    /// <summary>When it happened, or became due (UTC).</summary>
    public DateTime EventTime { get; }

    /// <summary>The API operation, or the service event (RotateKey, DeleteKey, DeleteExpiredKeyMaterial).</summary>
    public string EventName { get; }

    /// <summary>AwsApiCall or AwsServiceEvent.</summary>
    public string EventType { get; }

    /// <summary>UUID of the event.</summary>
    public string EventId { get; }

    /// <summary>UUID of the request; null for service events.</summary>
    public string? RequestId { get; }

    /// <summary>The Region.</summary>
    public string AwsRegion { get; }

    /// <summary>Whether the operation leaves the state as it is.</summary>
    public bool ReadOnly { get; }

    /// <summary>
    /// The error code of a refused call as CloudTrail writes it, or null: the name of the exception, except <c>AccessDenied</c> for
    /// AccessDeniedException.
    /// </summary>
    public string? ErrorCode { get; }

    /// <summary>The message of a refused call, or null.</summary>
    public string? ErrorMessage { get; }

    /// <summary>The caller.</summary>
    public IReadOnlyDictionary<string, object?> UserIdentity { get; }

    /// <summary>The parameters that are recorded, or null.</summary>
    public IReadOnlyDictionary<string, object?>? RequestParameters { get; }

    /// <summary>The parts of the response that are recorded, or null.</summary>
    public IReadOnlyDictionary<string, object?>? ResponseElements { get; }

    /// <summary>More about the call, such as the custom key store and the key material, or null.</summary>
    public IReadOnlyDictionary<string, object?>? AdditionalEventData { get; }

    /// <summary>More about a service event, or null.</summary>
    public IReadOnlyDictionary<string, object?>? ServiceEventDetails { get; }

    /// <summary>The ARNs of the keys and aliases it is about.</summary>
    public IReadOnlyList<string> Resources { get; }

    /// <summary>The whole record as JSON.</summary>
    public string CloudTrailEvent { get; }

    /// <summary>Reads an event as the store keeps it.</summary>
    internal static AuditEvent Parse(AuditRecord record)
    {
        using JsonDocument document = JsonDocument.Parse(record.Json);
        return new AuditEvent(document.RootElement);
    }

    /// <summary>Reads an event from <see cref="CloudTrailEvent"/>.</summary>
    internal static AuditEvent Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new AuditEvent(document.RootElement);
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Dictionary<string, object?>? Values(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? Value(value) as Dictionary<string, object?> : null;

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Object([.. json.EnumerateObject()]),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => Number(json),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    // A conditional expression of both would be a floating-point number, which ConvertTo-Json writes as 7.0.
    private static object Number(JsonElement json)
    {
        if (json.TryGetInt32(out int number))
        {
            return number;
        }

        return json.TryGetInt64(out long large) ? (object)large : json.GetDouble();
    }

    // Names are found case-insensitively, except where they differ only in case, as keys of an encryption context may.
    private static Dictionary<string, object?> Object(JsonProperty[] properties)
    {
        bool differ = properties.DistinctBy(static property => property.Name, StringComparer.OrdinalIgnoreCase).Count() == properties
            .Length;
        return properties.ToDictionary(
            static property => property.Name,
            static property => Value(property.Value),
            differ ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    }
}
