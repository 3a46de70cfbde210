using System.Security.Cryptography;
using KmsTools.Auditing;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

public sealed class ImportKeyMaterialTests : IDisposable
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly KmsFixture _kms = new();
    private readonly byte[] _material = RandomNumberGenerator.GetBytes(32);

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("RSAES_OAEP_SHA_1", "RSA_2048")]
    [InlineData("RSAES_OAEP_SHA_256", "RSA_2048")]
    [InlineData("RSA_AES_KEY_WRAP_SHA_1", "RSA_2048")]
    [InlineData("RSA_AES_KEY_WRAP_SHA_256", "RSA_2048")]
    [InlineData("RSAES_OAEP_SHA_1", "RSA_3072")]
    [InlineData("RSA_AES_KEY_WRAP_SHA_256", "RSA_3072")]
    [InlineData("RSAES_OAEP_SHA_256", "RSA_4096")]
    public void ImportKeyMaterial_EveryWrapping_GivesTheSameMaterial(string algorithm, string keySpec)
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");
        GetParametersForImportResponse parameters = Parameters(key.KeyId, algorithm, keySpec);
        byte[] publicKey = parameters.PublicKey.ToArray();
        ImportKeyMaterialRequest request = new()
        {
            KeyId = key.KeyId,
            ImportToken = parameters.ImportToken.ToArray(),
            EncryptedKeyMaterial = Wrap(publicKey, algorithm, _material),
            ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE",
        };

        ImportKeyMaterialResponse byHand = _kms.Call(request);
        ImportKeyMaterialResponse byHelper = _kms.Call(request with
        {
            EncryptedKeyMaterial = MaterialWrapping.Wrap(publicKey, Enum.Parse<AlgorithmSpec>(algorithm), _material),
        });

        Assert.Equal(key.Arn, byHand.KeyId);
        Assert.Matches("^[0-9a-f]{64}$", byHand.KeyMaterialId);
        Assert.Equal(byHand.KeyMaterialId, byHelper.KeyMaterialId);
        KeyMetadata imported = _kms.Describe(key.KeyId);
        Assert.Equal((KeyState.Enabled, true, byHand.KeyMaterialId), (imported.KeyState, imported.Enabled, imported.CurrentKeyMaterialId));
        Assert.Equal(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE, imported.ExpirationModel);
        Assert.Null(imported.ValidTo);
        Assert.Equal([5], _kms.Decrypt(_kms.Encrypt(key.KeyId, 5)));
    }

    [Fact]
    public void ImportKeyMaterial_SameBytesInTwoKeys_AreNotInterchangeable()
    {
        KeyMetadata one = _kms.ImportedKey(_material);
        KeyMetadata other = _kms.ImportedKey(_material);

        Assert.NotEqual(one.CurrentKeyMaterialId, other.CurrentKeyMaterialId);
        Assert.Equal(
            "IncorrectKeyException",
            _kms.Error(new DecryptRequest { CiphertextBlob = _kms.Encrypt(one.KeyId), KeyId = other.KeyId }).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void ImportKeyMaterial_WrongLength_IsIncorrectKeyMaterial(int length)
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;

        Assert.Equal("IncorrectKeyMaterialException", _kms.Error(_kms.Importing(keyId, new byte[length])).Code);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_TokenBeforeAndAtItsEnd_IsValidAndExpired()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest request = _kms.Importing(keyId, _material);
        _kms.Step(TimeSpan.FromHours(24) - Instant);
        _kms.Call(request);
        _kms.Step(Instant);

        Assert.Equal("ExpiredImportTokenException", _kms.Error(request).Code);
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_OlderToken_StaysValid()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest older = _kms.Importing(keyId, _material);
        Parameters(keyId, "RSAES_OAEP_SHA_256", "RSA_2048");

        _kms.Call(older);
    }

    [Fact]
    public void ImportKeyMaterial_TokenOfAnotherKey_IsInvalid()
    {
        ImportKeyMaterialRequest request = _kms.Importing(_kms.CreateKey("EXTERNAL").KeyId, _material);

        Assert.Equal("InvalidImportTokenException", _kms.Error(request with { KeyId = _kms.CreateKey("EXTERNAL").KeyId }).Code);
    }

    [Fact]
    public void ImportKeyMaterial_TokenOfAnotherStore_IsInvalid()
    {
        using KmsFixture other = new(isNew: true);
        ImportKeyMaterialRequest request = other.Importing(other.CreateKey("EXTERNAL").KeyId, _material);

        Assert.Equal("InvalidImportTokenException", _kms.Error(request with { KeyId = _kms.CreateKey("EXTERNAL").KeyId }).Code);
    }

    [Fact]
    public void ImportKeyMaterial_TokenTampered_IsInvalid()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest request = _kms.Importing(keyId, _material);
        for (int position = 0; position < request.ImportToken!.Length; position += 13)
        {
            byte[] token = [.. request.ImportToken];
            token[position] ^= 0x10;
            Assert.Equal("InvalidImportTokenException", _kms.Error(request with { ImportToken = token }).Code);
        }

        Assert.Equal("InvalidImportTokenException", _kms.Error(request with { ImportToken = request.ImportToken[..^1] }).Code);
        Assert.Equal("InvalidImportTokenException", _kms.Error(request with { ImportToken = [1] }).Code);
    }

    [Fact]
    public void ImportKeyMaterial_WrappedForAnotherToken_IsInvalidCiphertext()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest request = _kms.Importing(keyId, _material);
        GetParametersForImportResponse other = Parameters(keyId, "RSAES_OAEP_SHA_256", "RSA_2048");

        _kms.Refuses(request with { ImportToken = other.ImportToken.ToArray() }, "InvalidCiphertextException", "");
        request.EncryptedKeyMaterial![10] ^= 1;
        _kms.Refuses(request, "InvalidCiphertextException", "");
    }

    [Fact]
    public void ImportKeyMaterial_ValidTo_MustFitTheExpirationModel()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest request = _kms.Importing(keyId, _material) with { ExpirationModel = null };

        _kms.Refuses(request, "ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
        _kms.Refuses(request with { ValidTo = KmsFixture.Start }, "ValidationException", "ValidTo must be in the future");
        _kms.Refuses(
            request with { ValidTo = KmsFixture.Start + TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond - 1) },
            "ValidationException",
            "ValidTo must be in the future");
        Assert.Equal("ValidationException", _kms.Error(request with { ValidTo = KmsFixture.Start.AddDays(365) + Instant }).Code);
        Assert.Equal(
            "ValidationException",
            _kms.Error(request with { ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE", ValidTo = KmsFixture.Start.AddDays(1) }).Code);
        _kms.Call(request with { ValidTo = KmsFixture.Start.AddDays(365) });
        Assert.Equal(new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc), _kms.Describe(keyId).ValidTo);
        _kms.Call(request with { ValidTo = KmsFixture.Start + Instant });
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_AMillisecondBeforeAndAtValidTo_IsEnabledAndPendingImport()
    {
        KeyMetadata key = _kms.ImportedKey(_material, KmsFixture.Start.AddDays(1));
        byte[] blob = _kms.Encrypt(key.KeyId, 4);
        _kms.Step(TimeSpan.FromDays(1) - Instant);
        Assert.Equal([4], _kms.Decrypt(blob));

        _kms.Step(Instant);

        _kms.Refuses(new DecryptRequest { CiphertextBlob = blob }, "KMSInvalidStateException", $"{key.Arn} is pending import.");
        KeyMetadata expired = _kms.Describe(key.KeyId);
        Assert.Equal((KeyState.PendingImport, false), (expired.KeyState, expired.Enabled));
        Assert.Equal((null, null, key.CurrentKeyMaterialId), (expired.ExpirationModel, expired.ValidTo, expired.CurrentKeyMaterialId));
        AuditEvent entry = Assert.Single(_kms.Events("DeleteExpiredKeyMaterial"));
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), entry.EventTime);
        Assert.Equal(("AwsServiceEvent", key.KeyId), (entry.EventType, entry.ServiceEventDetails!["keyId"]));
    }

    [Fact]
    public void ImportKeyMaterial_SameBytesAgain_BringsTheKeyBack()
    {
        KeyMetadata key = _kms.ImportedKey(_material, KmsFixture.Start.AddDays(1));
        byte[] blob = _kms.Encrypt(key.KeyId, 4);
        _kms.StepDays(2);

        Assert.Equal(key.CurrentKeyMaterialId, _kms.Import(key.KeyId, _material));

        Assert.Equal([4], _kms.Decrypt(blob));
        Assert.Equal(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE, _kms.Describe(key.KeyId).ExpirationModel);
    }

    [Fact]
    public void ImportKeyMaterial_SameBytesWhilePresent_ChangesTheExpiry()
    {
        KeyMetadata key = _kms.ImportedKey(_material, KmsFixture.Start.AddDays(1));

        _kms.Import(key.KeyId, _material, KmsFixture.Start.AddDays(3));

        _kms.StepDays(2);
        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
        _kms.StepDays(1);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(key.KeyId).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_OtherBytes_AreRefused()
    {
        KeyMetadata key = _kms.ImportedKey(_material);
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });
        byte[] other = [.. _material];
        other[31] ^= 1;

        Assert.Equal("IncorrectKeyMaterialException", _kms.Error(_kms.Importing(key.KeyId, other)).Code);
        Assert.Equal(
            "IncorrectKeyMaterialException",
            _kms.Error(_kms.Importing(key.KeyId, other) with { ImportType = "EXISTING_KEY_MATERIAL" }).Code);
        Assert.Equal(
            "IncorrectKeyMaterialException",
            _kms.Error(_kms.Importing(key.KeyId, _material) with { ImportType = "NEW_KEY_MATERIAL" }).Code);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(key.KeyId).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_ExistingIntoAnEmptyKey_IsRefused() => Assert.Equal(
        "IncorrectKeyMaterialException",
        _kms.Error(_kms.Importing(_kms.CreateKey("EXTERNAL").KeyId, _material) with { ImportType = "EXISTING_KEY_MATERIAL" }).Code);

    [Fact]
    public void ImportKeyMaterial_KeyMaterialIdGiven_MustBeThatOfTheBytes()
    {
        KeyMetadata key = _kms.ImportedKey(_material);
        ImportKeyMaterialRequest request = _kms.Importing(key.KeyId, _material);

        _kms.Call(request with { KeyMaterialId = key.CurrentKeyMaterialId });
        Assert.Equal("IncorrectKeyMaterialException", _kms.Error(request with { KeyMaterialId = new string('0', 64) }).Code);
        Assert.Equal("ValidationException", _kms.Error(request with { KeyMaterialId = new string('0', 63) }).Code);
        Assert.Equal("ValidationException", _kms.Error(request with { KeyMaterialId = new string('0', 63) + "\n" }).Code);
        Assert.Equal(
            "ValidationException",
            _kms.Error(request with { KeyMaterialId = key.CurrentKeyMaterialId, ImportType = "NEW_KEY_MATERIAL" }).Code);
    }

    [Fact]
    public void ImportKeyMaterial_NewMaterial_WaitsForTheRotation()
    {
        KeyMetadata key = _kms.ImportedKey(_material);
        byte[] blob = _kms.Encrypt(key.KeyId, 1);
        byte[] second = RandomNumberGenerator.GetBytes(32);
        string pending = _kms.Import(key.KeyId, second, type: "NEW_KEY_MATERIAL");
        Assert.Equal(
            (KeyState.Enabled, key.CurrentKeyMaterialId),
            (_kms.Describe(key.KeyId).KeyState, _kms.Describe(key.KeyId).CurrentKeyMaterialId));
        Assert.Equal(key.CurrentKeyMaterialId, _kms.Call(new DecryptRequest { CiphertextBlob = _kms.Encrypt(key.KeyId) }).KeyMaterialId);

        _kms.StepDays(1);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });

        Assert.Equal(pending, _kms.Describe(key.KeyId).CurrentKeyMaterialId);
        Assert.Equal(pending, _kms.Call(new DecryptRequest { CiphertextBlob = _kms.Encrypt(key.KeyId) }).KeyMaterialId);
        Assert.Equal([1], _kms.Decrypt(blob));
        _kms.Refuses(
            new RotateKeyOnDemandRequest { KeyId = key.KeyId },
            "KMSInvalidStateException",
            $"No available key material pending rotation for the key: {key.Arn}.");
    }

    [Fact]
    public void ImportKeyMaterial_SecondNewMaterial_IsRefusedUntilTheFirstIsGone()
    {
        KeyMetadata key = _kms.ImportedKey(_material);
        byte[] third = RandomNumberGenerator.GetBytes(32);
        string pending = _kms.Import(key.KeyId, RandomNumberGenerator.GetBytes(32), type: "NEW_KEY_MATERIAL");
        string refused;
        using (Secret secret = Secret.CopyOf(third))
        {
            refused = _kms.Engine.Store.Secrets.KeyMaterialId(key.KeyId, secret);
        }

        _kms.Refuses(
            _kms.Importing(key.KeyId, third) with { ImportType = "NEW_KEY_MATERIAL" },
            "KMSInvalidStateException",
            $"New key material (id: {refused}) cannot be imported into KMS key {key.Arn}, because another key material (id: {pending}) is "
                + "pending rotation.");

        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = pending });
        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
        Assert.Equal(refused, _kms.Import(key.KeyId, third, type: "NEW_KEY_MATERIAL"));
    }

    [Fact]
    public void ImportKeyMaterial_PendingMaterialAgain_StaysPending()
    {
        KeyMetadata key = _kms.ImportedKey(_material);
        byte[] second = RandomNumberGenerator.GetBytes(32);
        string pending = _kms.Import(key.KeyId, second, type: "NEW_KEY_MATERIAL");

        Assert.Equal(pending, _kms.Import(key.KeyId, second));

        Assert.Equal(
            [KeyMaterialState.CURRENT, KeyMaterialState.PENDING_ROTATION],
            Materials(key.KeyId).Select(material => material.KeyMaterialState!.Value));
    }

    [Fact]
    public void ImportKeyMaterial_PendingMaterialExpires_LeavesTheKeyEnabled()
    {
        KeyMetadata key = _kms.ImportedKey(_material);
        _kms.Import(key.KeyId, RandomNumberGenerator.GetBytes(32), KmsFixture.Start.AddDays(1), "NEW_KEY_MATERIAL");
        _kms.StepDays(1);

        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
        Assert.Single(Materials(key.KeyId));
        Assert.Equal("KMSInvalidStateException", _kms.Error(new RotateKeyOnDemandRequest { KeyId = key.KeyId }).Code);
    }

    [Fact]
    public void ImportKeyMaterial_NonCurrentMaterialExpires_MakesTheKeyPendingImport()
    {
        KeyMetadata key = _kms.ImportedKey(_material, KmsFixture.Start.AddDays(10));
        _kms.Import(key.KeyId, RandomNumberGenerator.GetBytes(32), type: "NEW_KEY_MATERIAL");
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        _kms.StepDays(9.9);
        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);

        _kms.StepDays(0.1);

        _kms.Refuses(
            new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] },
            "KMSInvalidStateException",
            $"{key.Arn} is pending import.");
        _kms.Import(key.KeyId, _material);
        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
        Assert.NotEqual(key.CurrentKeyMaterialId, _kms.Describe(key.KeyId).CurrentKeyMaterialId);
    }

    [Fact]
    public void ImportKeyMaterial_TwoMaterialsMissing_NeedsBoth()
    {
        byte[] second = RandomNumberGenerator.GetBytes(32);
        KeyMetadata key = _kms.ImportedKey(_material, KmsFixture.Start.AddDays(1));
        _kms.Import(key.KeyId, second, KmsFixture.Start.AddDays(1), "NEW_KEY_MATERIAL");
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        _kms.StepDays(1);

        _kms.Import(key.KeyId, second);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(key.KeyId).KeyState);
        _kms.Import(key.KeyId, _material);
        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_Description_IsKeptWhenLeftOut()
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");
        ImportKeyMaterialRequest request = _kms.Importing(key.KeyId, _material);
        _kms.Call(request with { KeyMaterialDescription = "from the vault" });
        _kms.Call(request);
        Assert.Equal("from the vault", Assert.Single(Materials(key.KeyId)).KeyMaterialDescription);
        _kms.Call(request with { KeyMaterialDescription = new string('d', 256) });
        Assert.Equal(new string('d', 256), Assert.Single(Materials(key.KeyId)).KeyMaterialDescription);

        Assert.Equal("ValidationException", _kms.Error(request with { KeyMaterialDescription = new string('d', 257) }).Code);
        Assert.Equal("ValidationException", _kms.Error(request with { KeyMaterialDescription = "no;semicolon" }).Code);
    }

    [Fact]
    public void ListKeyRotations_ImportedMaterials_ShowsAllOfThem()
    {
        KeyMetadata key = _kms.ImportedKey(_material, KmsFixture.Start.AddDays(30));
        string second = _kms.Import(key.KeyId, RandomNumberGenerator.GetBytes(32), type: "NEW_KEY_MATERIAL");
        _kms.StepDays(1);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        string third = _kms.Import(key.KeyId, RandomNumberGenerator.GetBytes(32), type: "NEW_KEY_MATERIAL");
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = second });

        RotationsListEntry current = new()
        {
            KeyId = key.Arn,
            KeyMaterialId = second,
            ImportState = ImportState.PENDING_IMPORT,
            KeyMaterialState = KeyMaterialState.CURRENT,
            RotationDate = new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc),
            RotationType = RotationType.ON_DEMAND,
        };
        Assert.Equal(
            [
                new RotationsListEntry
                {
                    KeyId = key.Arn,
                    KeyMaterialId = key.CurrentKeyMaterialId!,
                    ImportState = ImportState.IMPORTED,
                    KeyMaterialState = KeyMaterialState.NON_CURRENT,
                    ExpirationModel = ExpirationModelType.KEY_MATERIAL_EXPIRES,
                    ValidTo = new DateTime(2030, 1, 31, 0, 0, 0, DateTimeKind.Utc),
                },
                current,
                new RotationsListEntry
                {
                    KeyId = key.Arn,
                    KeyMaterialId = third,
                    ImportState = ImportState.IMPORTED,
                    KeyMaterialState = KeyMaterialState.PENDING_ROTATION,
                    ExpirationModel = ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE,
                },
            ],
            Materials(key.KeyId));
        Assert.Equal([current], _kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId }).Rotations);
    }

    private static byte[] Wrap(byte[] publicKey, string algorithm, byte[] material)
    {
        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(publicKey, out _);
        RSAEncryptionPadding padding = algorithm.EndsWith("SHA_1", StringComparison.Ordinal)
            ? RSAEncryptionPadding.OaepSHA1
            : RSAEncryptionPadding.OaepSHA256;
        if (algorithm.StartsWith("RSAES_OAEP", StringComparison.Ordinal))
        {
            return rsa.Encrypt(material, padding);
        }

        using Aes aes = Aes.Create();
        aes.KeySize = 256;
        return [.. rsa.Encrypt(aes.Key, padding), .. aes.EncryptKeyWrapPadded(material)];
    }

    private GetParametersForImportResponse Parameters(string keyId, string algorithm, string keySpec) =>
        _kms.Call(new GetParametersForImportRequest { KeyId = keyId, WrappingAlgorithm = algorithm, WrappingKeySpec = keySpec });

    private RotationsListEntry[] Materials(string keyId) =>
        [.. _kms.Call(new ListKeyRotationsRequest { KeyId = keyId, IncludeKeyMaterial = "ALL_KEY_MATERIAL" }).Rotations];
}
