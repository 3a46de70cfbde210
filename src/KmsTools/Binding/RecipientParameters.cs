using KmsTools.Operations;

namespace KmsTools.Binding;

/// <summary>Combines the parameters for a Nitro enclave.</summary>
internal static class RecipientParameters
{
    /// <summary>The structure of the request; null if no parameter was given.</summary>
    public static RecipientInfo? ToRequest(byte[]? attestationDocument, string? keyEncryptionAlgorithm) =>
        attestationDocument is null && keyEncryptionAlgorithm is null ? null : new RecipientInfo
        {
            AttestationDocument = attestationDocument,
            KeyEncryptionAlgorithm = keyEncryptionAlgorithm,
        };
}
