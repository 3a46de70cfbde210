using System.Security.Cryptography;

namespace KmsTools.Operations;

public sealed class DecryptTests : IDisposable
{
    private static readonly (string, string) InvalidCiphertext = ("InvalidCiphertextException", "");

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Decrypt_KeyNamedInAnyForm_Decrypts()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/named", key.KeyId);
        byte[] blob = _kms.Encrypt(key.KeyId, 7);

        Assert.All(
            [null, key.KeyId, key.Arn, "alias/named", "arn:aws:kms:us-east-1:111122223333:alias/named"],
            reference => Assert.Equal([7], _kms.Call(new DecryptRequest { CiphertextBlob = blob, KeyId = reference }).Plaintext!.ToArray()));
    }

    [Fact]
    public void Decrypt_AnotherKeyNamed_IsIncorrectKey()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId);

        _kms.Refuses(
            new DecryptRequest { CiphertextBlob = blob, KeyId = _kms.CreateKey().KeyId },
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.");
    }

    [Fact]
    public void Decrypt_AnotherKeyNamedThatIsDisabled_IsIncorrectKey()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId);
        string disabled = _kms.CreateKey().KeyId;
        _kms.Disable(disabled);

        Assert.Equal("IncorrectKeyException", _kms.Error(new DecryptRequest { CiphertextBlob = blob, KeyId = disabled }).Code);
    }

    [Fact]
    public void Decrypt_AnyBitFlipped_IsInvalidCiphertext()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId, 1, 2);
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] flipped = [.. blob];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = flipped }));
        }
    }

    [Fact]
    public void Decrypt_TruncatedAtAnyLength_IsInvalidCiphertext()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId, 1, 2);
        for (int length = 1; length < blob.Length; length++)
        {
            Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = blob[..length] }));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(5000)]
    public void Decrypt_BytesAppended_IsInvalidCiphertext(int count)
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId);

        Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = [.. blob, .. new byte[count]] }));
    }

    [Fact]
    public void Decrypt_BlobOfAnotherStore_IsInvalidCiphertext()
    {
        using KmsFixture other = new(isNew: true);

        Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = other.Encrypt(other.CreateKey().KeyId) }));
        Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = RandomNumberGenerator.GetBytes(184) }));
    }

    [Fact]
    public void Decrypt_HeaderOfOneMessageOnAnother_IsInvalidCiphertext()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] before = _kms.Encrypt(keyId, 1);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        byte[] after = _kms.Encrypt(keyId, 1);
        int header = Cryptography.CiphertextHeader.Size;

        Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = [.. before[..header], .. after[header..]] }));
    }

    [Fact]
    public void Decrypt_BlobSize_IsBoundedByTheModel()
    {
        Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = new byte[6144] }));
        _kms.Refuses(
            new DecryptRequest { CiphertextBlob = new byte[6145] },
            "ValidationException",
            "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or "
                + "equal to 6144");
        _kms.Refuses(
            new DecryptRequest { CiphertextBlob = [] },
            "ValidationException",
            "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length greater than or "
                + "equal to 1");
        _kms.Refuses(
            new DecryptRequest(),
            "ValidationException",
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null");
    }

    [Fact]
    public void Decrypt_KeyDeleted_TellsNoMoreThanThatItIsNotAccessible()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId);
        _kms.Schedule(keyId);
        _kms.StepDays(7);

        _kms.Refuses(
            new DecryptRequest { CiphertextBlob = blob },
            "AccessDeniedException",
            NotAccessible("Decrypt"));
        _kms.Refuses(
            new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = _kms.CreateKey().KeyId },
            "AccessDeniedException",
            NotAccessible("ReEncryptFrom"));
        Assert.Equal("AccessDenied", Assert.Single(_kms.Events("Decrypt")).ErrorCode);
    }

    [Fact]
    public void Decrypt_InAnotherRegion_IsNotAccessible()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId);

        Assert.Equal(("AccessDeniedException", NotAccessible("Decrypt")), _kms.Error(new DecryptRequest { CiphertextBlob = blob }, "eu-west-1"));
    }

    // Recorded from AWS since 2024.
    private static string NotAccessible(string action) =>
        $"User: {KmsFixture.CallerIn(null).PrincipalArn} is not authorized to perform: kms:{action} on the resource associated with this "
            + "ciphertext "
        + "because the resource does not exist in this Region, no resource-based policies allow access, "
        + "or a resource-based policy explicitly denies access";

    [Fact]
    public void Decrypt_DryRun_ChecksTheCiphertextAndDecryptsNothing()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId);

        _kms.Refuses(
            new DecryptRequest { CiphertextBlob = blob, DryRun = true },
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.");
        blob[^1] ^= 1;
        Assert.Equal(InvalidCiphertext, _kms.Error(new DecryptRequest { CiphertextBlob = blob, DryRun = true }));
        Assert.Equal(
            "DryRunOperationException",
            _kms.Error(new DecryptRequest { KeyId = keyId, DryRun = true, DryRunModifiers = ["IGNORE_CIPHERTEXT"] }).Code);
        _kms.Refuses(
            new DecryptRequest { DryRun = true, DryRunModifiers = ["IGNORE_CIPHERTEXT"] },
            "ValidationException",
            "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null");
        Assert.Equal(
            "ValidationException", _kms.Error(new DecryptRequest { KeyId = keyId, DryRunModifiers = ["IGNORE_CIPHERTEXT"] }).Code);
        Assert.Equal(
            "ValidationException", _kms.Error(new DecryptRequest { KeyId = keyId, DryRun = true, DryRunModifiers = ["IGNORE_ALL"] }).Code);
    }

    [Fact]
    public void Decrypt_DryRunIgnoringADamagedCiphertext_WouldSucceed()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Equal("DryRunOperationException", _kms.Error(new DecryptRequest
        {
            KeyId = keyId,
            CiphertextBlob = [1, 2, 3],
            DryRun = true,
            DryRunModifiers = ["IGNORE_CIPHERTEXT"],
        }).Code);
    }

    [Fact]
    public void Decrypt_StoreReopened_DecryptsWithTheKeptKey()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId, 5, 6);

        _kms.Reopen();

        Assert.Equal([5, 6], _kms.Decrypt(blob));
    }
}
