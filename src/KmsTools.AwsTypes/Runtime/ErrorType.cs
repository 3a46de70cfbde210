namespace Amazon.Runtime;

/// <summary>Who is to blame for an error of a service, as the AWS SDK for .NET says it.</summary>
public enum ErrorType
{
    /// <summary>The caller.</summary>
    Sender,

    /// <summary>The service.</summary>
    Receiver,

    /// <summary>Not known.</summary>
    Unknown,
}
