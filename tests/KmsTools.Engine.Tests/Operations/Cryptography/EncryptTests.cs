using System.Security.Cryptography;

namespace KmsTools.Operations;

public sealed class EncryptTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Encrypt_Decrypt_RoundTrips()
    {
        KeyMetadata key = _kms.CreateKey();

        EncryptResponse encrypted = _kms.Call(new EncryptRequest { KeyId = key.KeyId, Plaintext = "hello"u8.ToArray() });
        DecryptResponse decrypted = _kms.Call(new DecryptRequest { CiphertextBlob = encrypted.CiphertextBlob.ToArray() });

        Assert.Equal(key.Arn, encrypted.KeyId);
        Assert.Equal(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT, encrypted.EncryptionAlgorithm);
        Assert.Equal("hello"u8.ToArray(), decrypted.Plaintext!.ToArray());
        Assert.Equal(key.Arn, decrypted.KeyId);
        Assert.Equal(key.CurrentKeyMaterialId, decrypted.KeyMaterialId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void Encrypt_PlaintextWithinTheLimit_RoundTrips(int length)
    {
        byte[] plaintext = RandomNumberGenerator.GetBytes(length);
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId, plaintext);

        Assert.Equal(plaintext, _kms.Decrypt(blob));
        Assert.InRange(blob.Length, length + 1, 6144);
    }

    [Fact]
    public void Encrypt_PlaintextOutsideTheLimit_IsRefusedWithoutEcho()
    {
        string keyId = _kms.CreateKey().KeyId;

        _kms.Refuses(
            new EncryptRequest { KeyId = keyId, Plaintext = new byte[4097] },
            "ValidationException",
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal "
                + "to 4096");
        _kms.Refuses(
            new EncryptRequest { KeyId = keyId, Plaintext = [] },
            "ValidationException",
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or "
                + "equal to 1");
    }

    [Fact]
    public void Encrypt_NothingGiven_ListsBothViolations() => _kms.Refuses(
        new EncryptRequest(),
        "ValidationException",
        "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; "
        + "Value at 'plaintext' failed to satisfy constraint: Member must not be null");

    [Fact]
    public void Encrypt_AlgorithmOfAnotherKeyType_IsIncompatible() => _kms.Refuses(
        new EncryptRequest { KeyId = _kms.CreateKey().KeyId, Plaintext = [1], EncryptionAlgorithm = "RSAES_OAEP_SHA_256" },
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.");

    [Fact]
    public void Encrypt_SamePlaintextTwice_GivesAnotherCiphertext()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.NotEqual(_kms.Encrypt(keyId, 1), _kms.Encrypt(keyId, 1));
    }

    [Fact]
    public void Encrypt_EncryptionContext_MustBeTheSameButForOrder()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = Encrypt(keyId, new() { ["Department"] = "IT", ["Purpose"] = "Te\u017fts \ud83d\udd11" });

        Assert.Equal([9], Decrypt(blob, new() { ["Purpose"] = "Te\u017fts \ud83d\udd11", ["Department"] = "IT" }));
        Dictionary<string, string>?[] others =
        [
            null,
            [],
            new() { ["Department"] = "IT" },
            new() { ["Department"] = "IT", ["purpose"] = "Te\u017fts \ud83d\udd11" },
            new() { ["Department"] = "it", ["Purpose"] = "Te\u017fts \ud83d\udd11" },
            new() { ["Department"] = "IT", ["Purpose"] = "Te\u017fts \ud83d\udd11", ["More"] = "" },
            new() { ["DepartmentIT"] = "", ["Purpose"] = "Te\u017fts \ud83d\udd11" },
        ];
        Assert.All(others, other =>
            Assert.Equal(
                ("InvalidCiphertextException", ""),
                _kms.Error(new DecryptRequest { CiphertextBlob = blob, EncryptionContext = other })));
    }

    [Fact]
    public void Encrypt_PairsThatRunTogether_AreAnotherContext()
    {
        byte[] blob = Encrypt(_kms.CreateKey().KeyId, new() { ["ab"] = "c" });

        Assert.Equal(
            ("InvalidCiphertextException", ""),
            _kms.Error(new DecryptRequest { CiphertextBlob = blob, EncryptionContext = new Dictionary<string, string> { ["a"] = "bc" } }));
    }

    [Fact]
    public void Encrypt_EmptyContext_EqualsNone()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Equal([9], Decrypt(Encrypt(keyId, []), null));
        Assert.Equal([9], Decrypt(Encrypt(keyId, null), []));
    }

    [Fact]
    public void Encrypt_ContextOf8192Bytes_IsTheLongest()
    {
        string keyId = _kms.CreateKey().KeyId;
        Dictionary<string, string> longest = new() { ["k"] = new string('v', 8191) };
        Dictionary<string, string> tooLong = new() { ["k"] = new string('v', 8190) + "\u00e9" };

        Assert.Equal([9], Decrypt(Encrypt(keyId, longest), longest));
        Assert.Equal(
            "ValidationException",
            _kms.Error(new EncryptRequest { KeyId = keyId, Plaintext = [9], EncryptionContext = tooLong }).Code);
    }

    [Fact]
    public void Encrypt_ContextThatIsNoText_IsRefused()
    {
        // Half a surrogate pair would become the same replacement character as every other half.
        string half = "\ud83d\udd11"[..1];
        string keyId = _kms.CreateKey().KeyId;
        Dictionary<string, string>[] contexts = [new() { ["k"] = half }, new() { [half] = "v" }, new() { ["k"] = null! }];

        Assert.All(contexts, context => Assert.Equal(
            "ValidationException", _kms.Error(new EncryptRequest { KeyId = keyId, Plaintext = [9], EncryptionContext = context }).Code));
    }

    [Fact]
    public void Encrypt_DryRun_EndsWithTheDryRunErrorAndNoUse()
    {
        string keyId = _kms.CreateKey().KeyId;

        _kms.Refuses(
            new EncryptRequest { KeyId = keyId, Plaintext = [1], DryRun = true },
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.");
        Assert.Null(_kms.Call(new GetKeyLastUsageRequest { KeyId = keyId }).KeyLastUsage.Operation);
    }

    [Fact]
    public void Encrypt_DryRunOfWhatWouldFail_GivesTheErrorItself()
    {
        KeyMetadata key = _kms.CreateKey();
        Dictionary<string, string> tooLong = new() { ["k"] = new('v', 8192) };

        Assert.Equal(
            "ValidationException",
            _kms.Error(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], EncryptionContext = tooLong, DryRun = true }).Code);
        _kms.Disable(key.KeyId);
        _kms.Refuses(
            new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], DryRun = true },
            "DisabledException",
            $"{key.Arn} is disabled.");
    }

    [Fact]
    public void Encrypt_TenGrantTokens_AreTheMost()
    {
        string keyId = _kms.CreateKey().KeyId;

        string token = _kms.Call(new CreateGrantRequest
        {
            KeyId = keyId,
            GranteePrincipal = "arn:aws:iam::111122223333:role/deploy",
            Operations = ["Encrypt"],
        }).GrantToken;

        _kms.Call(new EncryptRequest { KeyId = keyId, Plaintext = [1], GrantTokens = [.. Enumerable.Repeat(token, 10)] });
        Assert.EndsWith(
            "at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
            _kms.Error(new EncryptRequest { KeyId = keyId, Plaintext = [1], GrantTokens = [.. Enumerable.Repeat(token, 11)] }).Message,
            StringComparison.Ordinal);
    }

    private byte[] Encrypt(string keyId, Dictionary<string, string>? context) =>
        _kms.Call(new EncryptRequest { KeyId = keyId, Plaintext = [9], EncryptionContext = context }).CiphertextBlob.ToArray();

    private byte[] Decrypt(byte[] blob, Dictionary<string, string>? context) =>
        _kms.Call(new DecryptRequest { CiphertextBlob = blob, EncryptionContext = context }).Plaintext!.ToArray();
}
