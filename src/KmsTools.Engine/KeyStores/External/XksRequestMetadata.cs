namespace KmsTools.KeyStores;

/// <summary>What a request to a proxy says about the call that needs it: the requestMetadata of the XKS proxy API.</summary>
public sealed record XksRequestMetadata
{
    /// <summary>The operation, such as <c>Encrypt</c>, <c>CreateKey</c> or <c>KmsHealthCheck</c>.</summary>
    public required string KmsOperation { get; init; }

    /// <summary>The request ID of the call, as in its answer and its event.</summary>
    public required string KmsRequestId { get; init; }

    /// <summary>The ARN of the caller; null in requests about health.</summary>
    public string? AwsPrincipalArn { get; init; }

    /// <summary>The ARN of the KMS key; null where none exists yet.</summary>
    public string? KmsKeyArn { get; init; }

    /// <summary>The service that calls for the caller, such as <c>s3.us-east-1.amazonaws.com</c>; or null.</summary>
    public string? KmsViaService { get; init; }

    /// <summary>The VPC that the call came from; or null.</summary>
    public string? AwsSourceVpc { get; init; }

    /// <summary>The VPC endpoint that the call came from; or null.</summary>
    public string? AwsSourceVpce { get; init; }
}
