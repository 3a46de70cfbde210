namespace KmsTools.Operations;

/// <summary>Responses encrypted to AWS Nitro enclaves.</summary>
internal static class Recipients
{
    /// <summary>Refuses a recipient: no enclave can attest itself to a KMS other than that of AWS.</summary>
    public static void Refuse(RecipientInfo? recipient)
    {
        if (recipient is not null)
        {
            throw KmsErrors.Unsupported("Recipient is not supported: attestation documents of Nitro enclaves are meant for AWS KMS only.");
        }
    }
}
