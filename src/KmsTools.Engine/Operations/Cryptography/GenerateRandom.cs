using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Generates random bytes, in software or in the HSMs of a custom key store. Source: GenerateRandom in the AWS KMS API.</summary>
public sealed record GenerateRandomRequest : IKmsRequest<GenerateRandomResponse>
{
    /// <summary>1-1024. Required.</summary>
    [Member(Min = 1, Max = 1024, Unlogged = true)]
    public int? NumberOfBytes { get; init; }

    /// <summary>The custom key store whose HSMs generate the bytes.</summary>
    [Member(Min = 1, Max = 64, Unlogged = true)]
    public string? CustomKeyStoreId { get; init; }

    /// <summary>Encrypts the response to a Nitro enclave. Not supported here.</summary>
    [Member]
    public RecipientInfo? Recipient { get; init; }
}

/// <summary>The random bytes.</summary>
public sealed record GenerateRandomResponse
{
    /// <summary>The bytes.</summary>
    public KmsSecretBlob? Plaintext { get; init; }

    /// <summary>The bytes encrypted to an enclave. Always null here.</summary>
    public KmsBlob? CiphertextForRecipient { get; init; }
}

internal sealed class GenerateRandom : Operation<GenerateRandomRequest, GenerateRandomResponse>
{
    public override bool ReadOnly => true;

    protected internal override void Validate(GenerateRandomRequest request, OperationContext context)
    {
        if (request.NumberOfBytes is null)
        {
            throw KmsErrors.Validation("NumberOfBytes is required.");
        }

        Recipients.Refuse(request.Recipient);
    }

    protected internal override void Check(GenerateRandomRequest request, OperationContext context)
    {
        if (request.CustomKeyStoreId is { } id)
        {
            if (context.RequireCustomKeyStore(id).IsExternal)
            {
                throw KmsErrors.Unsupported("An external key store cannot generate random bytes.");
            }

            _ = context.RequireConnectedKeyStore(id);
        }
    }

    protected internal override GenerateRandomResponse Handle(GenerateRandomRequest request, OperationContext context)
    {
        byte[] bytes = new byte[request.NumberOfBytes!.Value];
        if (request.CustomKeyStoreId is not { } id)
        {
            RandomNumberGenerator.Fill(bytes);
            return new GenerateRandomResponse { Plaintext = new KmsSecretBlob(bytes) };
        }

        CustomKeyStore store = context.RequireCustomKeyStore(id);
        try
        {
            using HsmLease lease = context.Services.Hsms.Rent(store);
            lease.Connection.GenerateRandom(bytes);
            return new GenerateRandomResponse { Plaintext = new KmsSecretBlob(bytes) };
        }
        catch (HsmException exception)
        {
            throw HsmKeyStore.ErrorWithoutKey(id, exception);
        }
    }
}
