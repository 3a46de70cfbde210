using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KmsTools.Operations;

namespace KmsTools.Auditing;

/// <summary>The events of calls. Source: "Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide.</summary>
public sealed class AuditEventTests : IDisposable
{
    private const string Prefix = "arn:aws:kms:us-east-1:111122223333:";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Event_AnsweredCall_HasTheCommonFields()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Engine.Execute(new DescribeKeyRequest { KeyId = key.KeyId }, new Caller
        {
            PrincipalArn = "arn:aws:iam::111122223333:user/alice",
            SourceIPAddress = "192.0.2.7",
            UserAgent = "agent/1",
        });

        using JsonDocument json = JsonDocument.Parse(Last("DescribeKey").CloudTrailEvent);
        JsonElement root = json.RootElement;
        (string Name, string Value)[] texts =
        [
            ("eventTime", "2030-01-01T00:00:00.000Z"), ("eventSource", "kms.amazonaws.com"), ("eventName", "DescribeKey"),
            ("awsRegion", "us-east-1"), ("sourceIPAddress", "192.0.2.7"), ("userAgent", "agent/1"), ("eventType", "AwsApiCall"),
            ("recipientAccountId", "111122223333"), ("eventCategory", "Management"),
        ];
        Assert.All(texts, text => Assert.Equal(text.Value, root.GetProperty(text.Name).GetString()));
        Assert.Equal("arn:aws:iam::111122223333:user/alice", root.GetProperty("userIdentity").GetProperty("arn").GetString());
        Assert.Equal("alice", root.GetProperty("userIdentity").GetProperty("userName").GetString());
        Assert.True(root.GetProperty("managementEvent").GetBoolean());
        Assert.True(root.GetProperty("readOnly").GetBoolean());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("responseElements").ValueKind);
        JsonElement resource = Assert.Single(root.GetProperty("resources").EnumerateArray().ToArray());
        Assert.Equal(
            (key.Arn, "111122223333", "AWS::KMS::Key"),
            (resource.GetProperty("ARN").GetString(), resource.GetProperty("accountId").GetString(), resource.GetProperty("type")
                .GetString()));
        Assert.True(Guid.TryParse(root.GetProperty("eventID").GetString(), out _));
        Assert.True(Guid.TryParse(root.GetProperty("requestID").GetString(), out _));
        Assert.False(root.TryGetProperty("errorCode", out _));
    }

    [Fact]
    public void Event_EveryOperationOnKeys_HasItsParametersAndElements()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest { Description = "d", Tags = [new Tag { TagKey = "k", TagValue = "v" }] })
            .KeyMetadata;
        string id = key.KeyId;

        // The Guide says so for each of these but UpdateKeyDescription and DisableKeyRotation, whose examples are older than the rule, as is
        // that of RetireGrant, which has the ARN in the guides of other services: it is a rule for all that change a key.
        string changed = $$"""{"keyId":"{{key.Arn}}"}""";
        Requires(
            "CreateKey",
            false,
            """{"description":"d","keyUsage":"ENCRYPT_DECRYPT","customerMasterKeySpec":"SYMMETRIC_DEFAULT","keySpec":"SYMMETRIC_DEFAULT","origin":"AWS_KMS","bypassPolicyLockoutSafetyCheck":false,"tags":[{"tagKey":"k","tagValue":"v"}]}""",
            null,
            key.Arn);
        using (JsonDocument json = JsonDocument.Parse(Last("CreateKey").CloudTrailEvent))
        {
            JsonElement metadata = json.RootElement.GetProperty("responseElements").GetProperty("keyMetadata");
            Assert.Equal(
                ("111122223333", id, key.Arn, "Jan 1, 2030, 12:00:00 AM"),
                (metadata.GetProperty("aWSAccountId").GetString(), metadata.GetProperty("keyId").GetString(),
                    metadata.GetProperty("arn").GetString(), metadata.GetProperty("creationDate").GetString()));
        }

        _kms.Call(new DescribeKeyRequest { KeyId = id });
        Requires("DescribeKey", true, $$"""{"keyId":"{{id}}"}""", "null", key.Arn);
        _kms.Call(new ListKeysRequest { Limit = 5 });
        Requires("ListKeys", true, """{"limit":5}""", "null");
        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = id, Description = "new" });
        Requires("UpdateKeyDescription", false, $$"""{"keyId":"{{id}}","description":"new"}""", changed, key.Arn);
        _kms.Disable(id);
        Requires("DisableKey", false, $$"""{"keyId":"{{id}}"}""", changed, key.Arn);
        _kms.Enable(id);
        Requires("EnableKey", false, $$"""{"keyId":"{{id}}"}""", changed, key.Arn);
        _kms.Alias("alias/one", id);
        Requires("CreateAlias", false, $$"""{"aliasName":"alias/one","targetKeyId":"{{id}}"}""", changed, key.Arn, Prefix + "alias/one");
        _kms.Call(new UpdateAliasRequest { AliasName = "alias/one", TargetKeyId = id });
        Requires("UpdateAlias", false, $$"""{"aliasName":"alias/one","targetKeyId":"{{id}}"}""", changed, key.Arn, Prefix + "alias/one");
        _kms.Call(new ListAliasesRequest { KeyId = id });
        Requires("ListAliases", true, $$"""{"keyId":"{{id}}"}""", "null", key.Arn);
        _kms.Call(new DeleteAliasRequest { AliasName = "alias/one" });
        Requires("DeleteAlias", false, """{"aliasName":"alias/one"}""", changed, key.Arn, Prefix + "alias/one");
        _kms.Call(new GetKeyLastUsageRequest { KeyId = id });
        Requires("GetKeyLastUsage", true, $$"""{"keyId":"{{id}}"}""", "null", key.Arn);
        _kms.Call(new EnableKeyRotationRequest { KeyId = id, RotationPeriodInDays = 100 });
        Requires("EnableKeyRotation", false, $$"""{"keyId":"{{id}}","rotationPeriodInDays":100}""", changed, key.Arn);
        _kms.Call(new GetKeyRotationStatusRequest { KeyId = id });
        Requires("GetKeyRotationStatus", true, $$"""{"keyId":"{{id}}"}""", "null", key.Arn);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = id });
        Requires("RotateKeyOnDemand", false, $$"""{"keyId":"{{id}}"}""", changed, key.Arn);
        _kms.Call(new ListKeyRotationsRequest { KeyId = id, IncludeKeyMaterial = "ALL_KEY_MATERIAL" });
        Requires("ListKeyRotations", true, $$"""{"keyId":"{{id}}","includeKeyMaterial":"ALL_KEY_MATERIAL"}""", "null", key.Arn);
        _kms.Call(new DisableKeyRotationRequest { KeyId = id });
        Requires("DisableKeyRotation", false, $$"""{"keyId":"{{id}}"}""", changed, key.Arn);
        _kms.Schedule(id);
        Requires(
            "ScheduleKeyDeletion",
            false,
            $$"""{"keyId":"{{id}}","pendingWindowInDays":7}""",
            $$"""{"keyId":"{{key.Arn}}","keyState":"PendingDeletion","deletionDate":"Jan 8, 2030, 12:00:00 AM","pendingWindowInDays":7}""",
            key.Arn);
        _kms.Call(new CancelKeyDeletionRequest { KeyId = id });
        Requires("CancelKeyDeletion", false, $$"""{"keyId":"{{id}}"}""", changed, key.Arn);
        Assert.All(_kms.Events(), static entry => Assert.Null(entry.AdditionalEventData));
    }

    [Fact]
    public void Event_EveryCryptographicOperation_HasItsParametersAndNoResponse()
    {
        KeyMetadata key = _kms.CreateKey();
        KeyMetadata other = _kms.CreateKey();
        string id = key.KeyId;
        Dictionary<string, string> context = new() { ["Department"] = "IT" };
        byte[] blob = _kms.Call(new EncryptRequest { KeyId = id, Plaintext = [1], EncryptionContext = context }).CiphertextBlob.ToArray();
        Requires(
            "Encrypt",
            true,
            $$"""{"keyId":"{{id}}","encryptionContext":{"Department":"IT"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}""",
            "null",
            key.Arn);
        _kms.Call(new DecryptRequest { CiphertextBlob = blob, EncryptionContext = context });
        Requires(
            "Decrypt",
            true,
            """{"encryptionContext":{"Department":"IT"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}""",
            "null",
            key.Arn);
        _kms.Call(new ReEncryptRequest { CiphertextBlob = blob, SourceEncryptionContext = context, DestinationKeyId = other.KeyId });
        Requires(
            "ReEncrypt",
            true,
            $$"""{"destinationKeyId":"{{other.KeyId}}","sourceEncryptionContext":{"Department":"IT"},"sourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT","destinationEncryptionAlgorithm":"SYMMETRIC_DEFAULT"}""",
            "null",
            key.Arn,
            other.Arn);
        _kms.Call(new GenerateDataKeyRequest { KeyId = id, KeySpec = "AES_256" });
        Requires("GenerateDataKey", true, $$"""{"keyId":"{{id}}","keySpec":"AES_256"}""", "null", key.Arn);
        _kms.Call(new GenerateDataKeyWithoutPlaintextRequest { KeyId = id, NumberOfBytes = 32 });
        Requires("GenerateDataKeyWithoutPlaintext", true, $$"""{"keyId":"{{id}}","numberOfBytes":32}""", "null", key.Arn);
        _kms.Call(new GenerateRandomRequest { NumberOfBytes = 32 });
        Requires("GenerateRandom", true, "null", "null");
        string rsa = _kms.Call(new CreateKeyRequest { KeySpec = "RSA_2048", KeyUsage = "ENCRYPT_DECRYPT" }).KeyMetadata.KeyId;
        _kms.Call(new EncryptRequest { KeyId = rsa, Plaintext = [1], EncryptionAlgorithm = "RSAES_OAEP_SHA_256" });
        Assert.Equal("RSAES_OAEP_SHA_256", Last("Encrypt").RequestParameters!["encryptionAlgorithm"]);
        _kms.Refused(new DecryptRequest { CiphertextBlob = [1] });
        Assert.Equal([("encryptionAlgorithm", "SYMMETRIC_DEFAULT")], Last("Decrypt").RequestParameters!.Select(
            static parameter => (parameter.Key, (string)parameter.Value!)));
    }

    [Fact]
    public void Event_WholeNumbers_AreIntegers()
    {
        string id = _kms.CreateKey().KeyId;
        _kms.Schedule(id);

        Assert.IsType<int>(Last("ScheduleKeyDeletion").RequestParameters!["pendingWindowInDays"]);
        Assert.Equal(7, Last("ScheduleKeyDeletion").ResponseElements!["pendingWindowInDays"]);
        AuditEvent read = AuditEvent.Parse(Last("ScheduleKeyDeletion").CloudTrailEvent.Replace(
            """InDays":7}""", """InDays":[7,-1,2147483647,2147483648,7.5]}""", StringComparison.Ordinal));
        Assert.Equal(
            [7, -1, 2147483647, 2147483648L, 7.5], (IEnumerable<object?>)read.RequestParameters!["pendingWindowInDays"]!);
    }

    [Fact]
    public void Event_EveryOperationOnImportedMaterial_HasItsParametersAndElements()
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");
        string id = key.KeyId;
        ImportKeyMaterialRequest request = _kms.Importing(id, new byte[32]);
        Requires(
            "GetParametersForImport",
            true,
            $$"""{"keyId":"{{id}}","wrappingAlgorithm":"RSAES_OAEP_SHA_256","wrappingKeySpec":"RSA_2048"}""",
            "null",
            key.Arn);
        string material = _kms.Call(request with
        {
            ExpirationModel = "KEY_MATERIAL_EXPIRES",
            ValidTo = KmsFixture.Start.AddDays(1),
            KeyMaterialDescription = "first",
            ImportType = "NEW_KEY_MATERIAL",
        }).KeyMaterialId!;
        string both = $$"""{"keyId":"{{key.Arn}}","keyMaterialId":"{{material}}"}""";
        Requires(
            "ImportKeyMaterial",
            false,
            $$"""{"keyId":"{{id}}","validTo":"Jan 2, 2030, 12:00:00 AM","expirationModel":"KEY_MATERIAL_EXPIRES","importType":"NEW_KEY_MATERIAL","keyMaterialDescription":"first"}""",
            both,
            key.Arn);
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = id, KeyMaterialId = material });
        Requires("DeleteImportedKeyMaterial", false, $$"""{"keyId":"{{id}}","keyMaterialId":"{{material}}"}""", both, key.Arn);
    }

    [Fact]
    public void Event_RefusedCall_HasCodeAndMessage()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Disable(key.KeyId);
        _kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] });

        AuditEvent refused = Last("Encrypt");
        Assert.Equal(("DisabledException", $"{key.Arn} is disabled."), (refused.ErrorCode, refused.ErrorMessage));
        Assert.Equal([key.Arn], refused.Resources);
        Assert.Null(refused.ResponseElements);
        Assert.Equal(refused.EventId, _kms.Engine.FindEvents(new Persistence.EventQuery { KeyId = key.KeyId }).Last().EventId);
    }

    [Fact]
    public void Event_RefusedCalls_AreRecordedWhereverTheyEnd()
    {
        _kms.Refused(new DecryptRequest { CiphertextBlob = [1] });
        Assert.Equal(("InvalidCiphertextException", null), (Last("Decrypt").ErrorCode, Last("Decrypt").ErrorMessage));
        _kms.Refused(new DisableKeyRequest { KeyId = "nobody" });
        Assert.Equal(
            ("NotFoundException", "Invalid keyId 'nobody'", false),
            (Last("DisableKey").ErrorCode, Last("DisableKey").ErrorMessage, Last("DisableKey").ReadOnly));
        Assert.Equal("nobody", Last("DisableKey").RequestParameters!["keyId"]);
        _kms.Refused(new ScheduleKeyDeletionRequest { KeyId = "nobody", PendingWindowInDays = 0 });
        Assert.Equal("ValidationException", Last("ScheduleKeyDeletion").ErrorCode);
        string keyId = _kms.CreateKey().KeyId;
        _kms.Refused(new EncryptRequest { KeyId = keyId, Plaintext = [1], DryRun = true });
        Assert.Equal("DryRunOperationException", Last("Encrypt").ErrorCode);
        Assert.Equal(true, Last("Encrypt").RequestParameters!["dryRun"]);
    }

    [Fact]
    public void Event_KeyPendingDeletionUsed_HasTheTextThatAlarmsLookFor()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Schedule(key.KeyId);
        _kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] });

        Assert.EndsWith(" is pending deletion.", Last("Encrypt").ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Event_Calls_AreRecordedOnceEach()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId);
        _kms.Decrypt(blob);
        _kms.Disable(keyId);
        _kms.Refused(new DecryptRequest { CiphertextBlob = blob });

        Assert.Equal(["CreateKey", "Decrypt", "Decrypt", "DisableKey", "Encrypt"], _kms.Events().Select(entry => entry.EventName).Order());
        Assert.Equal(5, _kms.Events().Select(entry => entry.EventId).Distinct().Count());
    }

    [Fact]
    public void Event_SecretsOfCalls_AreNowhere()
    {
        byte[] plaintext = RandomNumberGenerator.GetBytes(48);
        byte[] material = RandomNumberGenerator.GetBytes(32);
        List<byte[]> secrets = [plaintext, material];
        string keyId = _kms.ImportedKey(material).KeyId;
        secrets.Add(_kms.Parameters(keyId).ImportToken.ToArray()[..48]);
        byte[] blob = _kms.Encrypt(keyId, plaintext);
        secrets.Add(blob[^48..]);
        _kms.Decrypt(blob);
        secrets.Add(_kms.Call(new GenerateDataKeyRequest { KeyId = keyId, KeySpec = "AES_256" }).Plaintext!.ToArray());
        secrets.Add(_kms.Call(new GenerateRandomRequest { NumberOfBytes = 32 }).Plaintext!.ToArray());
        _kms.Call(new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = keyId });
        _kms.Refused(new EncryptRequest { KeyId = "nobody", Plaintext = plaintext });
        _kms.Refused(new EncryptRequest { KeyId = keyId, Plaintext = [.. plaintext, .. new byte[4096]] });
        _kms.Refused(_kms.Importing(keyId, material) with { ImportType = "NEW_KEY_MATERIAL" });

        Found(secrets, Encoding.UTF8.GetBytes(string.Concat(_kms.Events().Select(entry => entry.CloudTrailEvent))), "the events");
        _kms.Engine.Dispose();
        Assert.Contains(Directory.GetFiles(_kms.Folder), file => file.EndsWith("state.db", StringComparison.Ordinal));
        Assert.All(Directory.GetFiles(_kms.Folder), file => Found(secrets, File.ReadAllBytes(file), file));
    }

    [Fact]
    public void Search_KnownText_FindsIt()
    {
        // The search of the test above would be worth nothing if it found nothing.
        byte[] secret = RandomNumberGenerator.GetBytes(32);

        Assert.All(Forms(secret), form => Assert.ThrowsAny<Exception>(() => Found([secret], [0, .. form, 0], "text")));
    }

    private static void Found(IEnumerable<byte[]> secrets, byte[] text, string where)
    {
        foreach (byte[] form in secrets.SelectMany(Forms))
        {
            Assert.False(text.AsSpan().IndexOf(form) >= 0, $"A secret is in {where}.");
        }
    }

    private static IEnumerable<byte[]> Forms(byte[] secret)
    {
        yield return secret;
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(secret));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret));

        // Base64 of any text that the secret is in: the three ways in which its bytes may fall into groups.
        for (int skip = 0; skip < 3; skip++)
        {
            yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(secret, skip, (secret.Length - skip) / 3 * 3));
        }
    }

    private AuditEvent Last(string name) => _kms.Events(name)[^1];

    private void Requires(string name, bool readOnly, string parameters, string? elements, params string[] resources)
    {
        AuditEvent entry = Last(name);
        using JsonDocument json = JsonDocument.Parse(entry.CloudTrailEvent);
        Assert.Equal(name, entry.EventName);
        Assert.Equal(readOnly, entry.ReadOnly);
        Assert.Null(entry.ErrorCode);
        Assert.Null(entry.ErrorMessage);
        Same(parameters, json.RootElement.GetProperty("requestParameters"), name);
        if (elements is not null)
        {
            Same(elements, json.RootElement.GetProperty("responseElements"), name);
        }

        Assert.Equal(resources, entry.Resources);
    }

    private static void Same(string expected, JsonElement actual, string name)
    {
        using JsonDocument json = JsonDocument.Parse(expected);
        Assert.True(
            JsonElement.DeepEquals(json.RootElement, actual),
            string.Create(CultureInfo.InvariantCulture, $"{name}: {actual.GetRawText()}"));
    }
}
