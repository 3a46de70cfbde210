namespace KmsTools.XksProxy.Requests;

/// <summary>
/// Who calls KMS for what, as KMS says it (requestMetadata). Only presence and type are checked: KMS may add members, operations and forms
/// of ARNs.
/// </summary>
internal sealed class RequestMetadata
{
    /// <summary>The principal.</summary>
    public string? AwsPrincipalArn { get; set; }

    /// <summary>The KMS key.</summary>
    public string? KmsKeyArn { get; set; }

    /// <summary>The operation of KMS.</summary>
    public string? KmsOperation { get; set; }

    /// <summary>The ID of the call; may be empty.</summary>
    public string? KmsRequestId { get; set; }

    /// <summary>The service that calls for a customer.</summary>
    public string? KmsViaService { get; set; }

    /// <summary>The VPC that the call came from.</summary>
    public string? AwsSourceVpc { get; set; }

    /// <summary>The VPC endpoint that it came through.</summary>
    public string? AwsSourceVpce { get; set; }

    /// <summary>Requires what KMS sends with each request of an operation.</summary>
    /// <exception cref="XksException">ValidationException: something is missing.</exception>
    public void Require(XksApi api)
    {
        Require(KmsRequestId, "kmsRequestId");
        Require(KmsOperation, "kmsOperation");
        if (api != XksApi.GetHealthStatus)
        {
            Require(AwsPrincipalArn, "awsPrincipalArn");
        }

        if (api is XksApi.Encrypt or XksApi.Decrypt)
        {
            Require(KmsKeyArn, "kmsKeyArn");
        }
    }

    private static void Require(string? value, string name)
    {
        if (value is null)
        {
            throw XksException.Invalid($"requestMetadata.{name} is missing.");
        }
    }
}
