using System.Text.Json;

namespace KmsTools.Sts;

/// <summary>One operation of AWS STS that issues credentials: only what is specific to it.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
internal abstract class StsOperation<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    /// <summary>The name in the API.</summary>
    public abstract string Name { get; }

    /// <summary>Does the work.</summary>
    /// <exception cref="KmsException">The call is refused.</exception>
    public abstract TResponse Handle(TRequest request, StsCall call);

    /// <summary>What the event says about the response: never the secret, nor the token.</summary>
    public abstract void WriteResponseElements(Utf8JsonWriter writer, TResponse response);

    /// <summary>The members of credentials that events have.</summary>
    protected static void WriteCredentials(Utf8JsonWriter writer, TemporaryCredentials credentials)
    {
        writer.WriteStartObject("credentials"u8);
        writer.WriteString("accessKeyId"u8, credentials.AccessKeyId);
        writer.WriteString("expiration"u8, Auditing.AuditWriter.Date(credentials.Expiration));
        writer.WriteEndObject();
    }
}
