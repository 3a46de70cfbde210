using KmsTools.Operations;

namespace KmsTools.Binding;

/// <summary>Puts the parameters for a Nitro enclave together.</summary>
internal static class RecipientParameters
{
    /// <summary>The structure of the request; null when no parameter was given.</summary>
    public static RecipientInfo? ToRequest(byte[]? attestationDocument, string? keyEncryptionAlgorithm) =>
        attestationDocument is null && keyEncryptionAlgorithm is null ? null : new RecipientInfo
        {
            AttestationDocument = attestationDocument,
            KeyEncryptionAlgorithm = keyEncryptionAlgorithm,
        };
}
