namespace KmsTools.Commands;

/// <summary>The pages that Get-Help -Online opens: of AWS, because the operations are those of AWS KMS.</summary>
internal static class HelpPages
{
    /// <summary>The beginning of the pages of operations, in the AWS KMS API Reference.</summary>
    public const string Api = "https://docs.aws.amazon.com/kms/latest/APIReference/API_";

    /// <summary>The beginning of the pages of the AWS KMS Developer Guide.</summary>
    public const string Guide = "https://docs.aws.amazon.com/kms/latest/developerguide/";
}
