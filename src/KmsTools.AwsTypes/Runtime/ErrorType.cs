namespace Amazon.Runtime;

/// <summary>Who caused the error of a service, in the terms of the AWS SDK for .NET.</summary>
public enum ErrorType
{
    /// <summary>The caller.</summary>
    Sender,

    /// <summary>The service.</summary>
    Receiver,

    /// <summary>Not known.</summary>
    Unknown,
}
