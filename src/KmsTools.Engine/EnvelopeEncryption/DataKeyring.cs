using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// Data keys from KMS. Each call is an ordinary call of the engine, with its checks and its event. Source: AWS KMS Keyring, Discovery
/// Keyring, Multi-Keyring and the rules for multi-Region keys in the AWS Encryption SDK specification.
/// </summary>
internal sealed class DataKeyring(KmsEngine engine, Caller caller)
{
    /// <summary>Generates a data key with the first key and encrypts it with the others.</summary>
    /// <exception cref="KmsException">A key cannot be used.</exception>
    public (Secret DataKey, ImmutableArray<EncryptedDataKey> Encrypted) Generate(
        IReadOnlyList<string> keyIds, IReadOnlyDictionary<string, string> context, IReadOnlyList<string>? grantTokens)
    {
        GenerateDataKeyResponse generated = engine.Execute(
            new GenerateDataKeyRequest
            {
                KeyId = keyIds[0],
                NumberOfBytes = AlgorithmSuite.KeyLength,
                EncryptionContext = context,
                GrantTokens = grantTokens,
            },
            CallerFor(keyIds[0]));
        Secret dataKey = TakeOver(generated.Plaintext!);
        try
        {
            ImmutableArray<EncryptedDataKey>.Builder encrypted = ImmutableArray.CreateBuilder<EncryptedDataKey>(keyIds.Count);
            encrypted.Add(Entry(generated.KeyId, generated.CiphertextBlob));
            foreach (string keyId in keyIds.Skip(1))
            {
                EncryptResponse answer = Encrypt(keyId, dataKey, context, grantTokens);
                encrypted.Add(Entry(answer.KeyId, answer.CiphertextBlob));
            }

            return (dataKey, encrypted.MoveToImmutable());
        }
        catch
        {
            dataKey.Dispose();
            throw;
        }
    }

    /// <summary>Decrypts the data key of a message.</summary>
    /// <param name="header">The header, not verified yet.</param>
    /// <param name="options">Which keys may be used.</param>
    /// <returns>The data key, and the ARN of the key that decrypted it.</returns>
    /// <exception cref="KmsException">The only key that could open the message cannot be used.</exception>
    /// <exception cref="EnvelopeException">No key opens the message.</exception>
    public (Secret DataKey, string KeyArn) Decrypt(MessageHeader header, UnprotectOptions options)
    {
        KeyArn[]? allowed = options.KeyIds.Count == 0 ? null : [.. options.KeyIds.Select(Resolve).Distinct()];
        List<(string KeyArn, KmsException Error)> failures = new();
        foreach (EncryptedDataKey encrypted in header.EncryptedDataKeys)
        {
            if (encrypted.Arn is { } arn && (allowed is null ? Discover(arn) : Array.Find(allowed, key => key.Opens(arn))) is { } key)
            {
                try
                {
                    return (Decrypt(key, encrypted, header.EncryptionContext, options.GrantTokens), key.ToString());
                }
                catch (KmsException exception)
                {
                    failures.Add((key.ToString(), exception));
                }
            }
        }

        if (failures is [var only])
        {
            ExceptionDispatchInfo.Throw(only.Error);
        }

        throw failures.Count == 0
            ? EnvelopeErrors.NoMatchingKey(header.KeyArns, strict: allowed is not null)
            : EnvelopeErrors.NoUsableKey(
                [.. failures.Select(
                    static failure => $"{failure.KeyArn}: {$"{failure.Error.ErrorCode} {failure.Error.Message}".TrimEnd()}")],
                new AggregateException(failures.Select(static failure => failure.Error)));
    }

    private static EncryptedDataKey Entry(string keyArn, KmsBlob ciphertext) => new()
    {
        ProviderId = EncryptedDataKey.KmsProvider,
        ProviderInfo = [.. Encoding.UTF8.GetBytes(keyArn)],
        Ciphertext = [.. ciphertext.ToArray()],
    };

    private static Secret TakeOver(KmsSecretBlob blob)
    {
        using (blob)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)blob.Length, pinned: true);
            blob.ReadExactly(bytes);
            return Secret.TakeOver(bytes);
        }
    }

    private EncryptResponse Encrypt(
        string keyId,
        Secret dataKey,
        IReadOnlyDictionary<string, string> context,
        IReadOnlyList<string>? grantTokens)
    {
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(dataKey.Length, pinned: true);
        try
        {
            dataKey.Use(bytes => bytes.CopyTo(plaintext));
            return engine.Execute(
                new EncryptRequest { KeyId = keyId, Plaintext = plaintext, EncryptionContext = context, GrantTokens = grantTokens },
                CallerFor(keyId));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private Secret Decrypt(
        KeyArn key,
        EncryptedDataKey encrypted,
        IReadOnlyDictionary<string, string> context,
        IReadOnlyList<string>? grantTokens)
    {
        DecryptResponse answer = engine.Execute(
            new DecryptRequest
            {
                KeyId = key.ToString(),
                CiphertextBlob = [.. encrypted.Ciphertext],
                EncryptionContext = context,
                GrantTokens = grantTokens,
            },
            caller with { Region = key.Region });
        Secret dataKey = TakeOver(answer.Plaintext!);
        if (dataKey.Length == AlgorithmSuite.KeyLength)
        {
            return dataKey;
        }

        dataKey.Dispose();
        throw KmsErrors.InvalidCiphertext();
    }

    // In its own Region, or, when the caller names a Region, in that one, where only multi-Region keys of other Regions have a related key.
    private KeyArn? Discover(KeyArn arn) => caller.Region is null || caller.Region == arn.Region ? arn
        : arn.IsMultiRegion ? arn.In(caller.Region.Value)
        : null;

    private KeyArn Resolve(string keyId) => KeyArn.TryParse(keyId, out KeyArn? arn)
        ? arn
        : KeyArn.Parse(engine.FindKey(keyId, CallerFor(keyId)).Arn);

    // An ARN names its Region.
    private Caller CallerFor(string keyId) => KmsArn.TryParse(keyId, out KmsArn arn) ? caller with { Region = arn.Region } : caller;
}
