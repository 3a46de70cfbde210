using System.Security.Cryptography;
using System.Text;
using KmsTools.Auditing;
using KmsTools.Operations;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Messages under data keys of KMS keys.</summary>
public sealed class EnvelopeCipherTests : IDisposable
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("What is in the file");

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unprotect_WhatWasProtected_GetsItBack(bool signed)
    {
        KeyMetadata key = _kms.CreateKey();
        (byte[] message, EnvelopeResult made) = Protect(new ProtectOptions
        {
            KeyIds = [key.KeyId],
            EncryptionContext = new Dictionary<string, string> { ["project"] = "apollo", ["Ä"] = "" },
            Suite = signed ? AlgorithmSuite.Signed : AlgorithmSuite.Unsigned,
        });
        (byte[] content, EnvelopeResult opened) = Unprotect(message);
        Assert.Equal(Content, content);
        Assert.Equal((key.Arn, 19L, message.Length), (made.KeyArn, made.PlaintextLength, made.MessageLength));
        Assert.Equal((key.Arn, 19L, message.Length), (opened.KeyArn, opened.PlaintextLength, opened.MessageLength));
        Assert.Equal(["project=apollo", "Ä="], opened.Header.UserContext.Select(static pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal(signed, opened.Header.EncryptionContext.ContainsKey("aws-crypto-public-key"));
        Assert.Equal(signed ? 0x0578 : 0x0478, (message[1] << 8) | message[2]);
        Assert.Equal(4096, opened.Header.FrameLength);
        Assert.Equal([key.Arn], opened.Header.KeyArns);
    }

    [Fact]
    public void Protect_ByDefault_Signs() =>
        Assert.Equal(
            "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384",
            Protect(new ProtectOptions { KeyIds = [_kms.CreateKey().KeyId] }).Result.Header.Suite.ToString());

    [Fact]
    public void Protect_Twice_UsesAnotherDataKeyAndMessageId()
    {
        ProtectOptions options = new() { KeyIds = [_kms.CreateKey().KeyId], Suite = AlgorithmSuite.Unsigned };
        MessageHeader first = Protect(options).Result.Header;
        MessageHeader second = Protect(options).Result.Header;
        Assert.NotEqual(first.MessageId.AsSpan().ToArray(), second.MessageId.AsSpan().ToArray());
        Assert.NotEqual(first.Commitment.AsSpan().ToArray(), second.Commitment.AsSpan().ToArray());
    }

    [Fact]
    public void Unprotect_ForSeveralKeys_IsOpenedByEach()
    {
        KeyMetadata first = _kms.CreateKey();
        KeyMetadata second = _kms.CreateKey();
        KeyMetadata third = _kms.CreateKey();
        _kms.Alias("alias/second", second.KeyId);
        (byte[] message, EnvelopeResult made) = Protect(new ProtectOptions { KeyIds = [first.Arn, "alias/second", third.KeyId] });
        Assert.Equal([first.Arn, second.Arn, third.Arn], made.Header.KeyArns);
        Assert.Equal(["GenerateDataKey", "Encrypt", "Encrypt"], Uses());

        Assert.Equal(first.Arn, Unprotect(message).Result.KeyArn);
        Assert.Equal(third.Arn, Unprotect(message, third.KeyId).Result.KeyArn);
        Assert.Equal(second.Arn, Unprotect(message, "alias/second").Result.KeyArn);
        _kms.Disable(first.KeyId);
        Assert.Equal(second.Arn, Unprotect(message).Result.KeyArn);
        _kms.Schedule(second.KeyId);
        Assert.Equal(third.Arn, Unprotect(message).Result.KeyArn);
        Assert.Equal(third.Arn, Unprotect(message, second.Arn, third.Arn).Result.KeyArn);
        _kms.Disable(third.KeyId);
        EnvelopeException error = Assert.Throws<EnvelopeException>(() => Unprotect(message));
        Assert.Equal(EnvelopeFailure.NoUsableKey, error.Failure);
        Assert.Equal(
            "None of the keys of the message could decrypt its data key. "
            + $"{first.Arn}: DisabledException {first.Arn} is disabled. "
            + $"{second.Arn}: KMSInvalidStateException {second.Arn} is pending deletion. "
            + $"{third.Arn}: DisabledException {third.Arn} is disabled.",
            error.Message);
    }

    [Fact]
    public void Unprotect_OnlyKeyFails_ThrowsItsError()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] message = Protect(new ProtectOptions { KeyIds = [key.KeyId] }).Message;
        _kms.Disable(key.KeyId);
        KmsException disabled = Assert.Throws<KmsException>(() => Unprotect(message));
        Assert.Equal(("DisabledException", $"{key.Arn} is disabled."), (disabled.ErrorCode, disabled.Message));
        Assert.Equal(
            "DisabledException",
            Assert.Throws<KmsException>(() => Protect(new ProtectOptions { KeyIds = [key.KeyId] })).ErrorCode);
        _kms.Schedule(key.KeyId);
        KmsException pending = Assert.Throws<KmsException>(() => Unprotect(message, key.Arn));
        Assert.Equal(("KMSInvalidStateException", $"{key.Arn} is pending deletion."), (pending.ErrorCode, pending.Message));
    }

    [Fact]
    public void Protect_KeyThatCannotBeUsed_LeavesNothing()
    {
        KeyMetadata good = _kms.CreateKey();
        KeyMetadata bad = _kms.CreateKey();
        _kms.Disable(bad.KeyId);
        using MemoryStream output = new();
        Assert.Throws<KmsException>(() =>
            Cipher().Protect(
                new MemoryStream(Content),
                output,
                new ProtectOptions { KeyIds = [good.KeyId, bad.KeyId] },
                null,
                TestContext.Current.CancellationToken));
        Assert.Equal(0, output.Length);
        KeyMetadata signing = _kms.Call(new CreateKeyRequest { KeySpec = "ECC_NIST_P256", KeyUsage = "SIGN_VERIFY" }).KeyMetadata;
        Assert.Equal(
            "InvalidKeyUsageException",
            Assert.Throws<KmsException>(() => Protect(new ProtectOptions { KeyIds = [signing.KeyId] })).ErrorCode);
    }

    [Fact]
    public void Unprotect_AllowedKeys_UsesNoOther()
    {
        KeyMetadata key = _kms.CreateKey();
        KeyMetadata other = _kms.CreateKey();
        byte[] message = Protect(new ProtectOptions { KeyIds = [key.KeyId] }).Message;
        EnvelopeException error = Assert.Throws<EnvelopeException>(() => Unprotect(message, other.KeyId));
        Assert.Equal(EnvelopeFailure.NoMatchingKey, error.Failure);
        Assert.Equal($"None of the keys that may be used opens the message. It is for {key.Arn}.", error.Message);
        Assert.DoesNotContain("Decrypt", Uses());
        Assert.Equal("NotFoundException", Assert.Throws<KmsException>(() => Unprotect(message, "alias/nix")).ErrorCode);
    }

    [Fact]
    public void Unprotect_MessageWithoutAKmsKey_SaysSo()
    {
        // From the published messages: a data key of a raw keyring.
        byte[] message =
        [
            2, 4, 0x78, .. new byte[32], 0, 0, 0, 1, 0, 3, .. "raw"u8, 0, 1, 65, 0, 1, 66, 2, 0, 0, 16, 0, .. new byte[32 + 16],
        ];
        EnvelopeException error = Assert.Throws<EnvelopeException>(() => Unprotect(message));
        Assert.Equal(
            (EnvelopeFailure.NoMatchingKey, "No KMS key opens the message. It has no data key of a KMS key."),
            (error.Failure, error.Message));
    }

    [Fact]
    public void Unprotect_OtherEncryptionContext_IsRefusedBeforeAnyKeyIsUsed()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] message = Protect(
            new ProtectOptions { KeyIds = [key.KeyId], EncryptionContext = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } }).Message;
        Assert.Equal(
            Content,
            Unprotect(message, new UnprotectOptions { RequiredContext = new Dictionary<string, string> { ["a"] = "1" } }).Content);
        int uses = Uses().Length;
        EnvelopeException other = Assert.Throws<EnvelopeException>(() =>
            Unprotect(message, new UnprotectOptions { RequiredContext = new Dictionary<string, string> { ["a"] = "2" } }));
        Assert.Equal(
            (EnvelopeFailure.EncryptionContextMismatch, "The encryption context of the message has another value for 'a'."),
            (other.Failure, other.Message));
        EnvelopeException missing = Assert.Throws<EnvelopeException>(() =>
            Unprotect(message, new UnprotectOptions { RequiredContext = new Dictionary<string, string> { ["A"] = "1" } }));
        Assert.Equal("The encryption context of the message has no 'A'.", missing.Message);
        Assert.Equal(uses, Uses().Length);
    }

    [Fact]
    public void Protect_EncryptionContext_IsRecordedAndCannotBeChanged()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] message = Protect(
            new ProtectOptions { KeyIds = [key.KeyId], EncryptionContext = new Dictionary<string, string> { ["project"] = "apollo" } }).Message;
        int at = message.AsSpan().IndexOf("apollo"u8);
        message[at] = (byte)'A';
        Assert.Equal("InvalidCiphertextException", Assert.Throws<KmsException>(() => Unprotect(message)).ErrorCode);
        AuditEvent generated = _kms.Events("GenerateDataKey")[^1];
        Assert.Contains("\"project\":\"apollo\"", generated.CloudTrailEvent, StringComparison.Ordinal);
        Assert.Contains("aws-crypto-public-key", generated.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void Protect_NamesOfTheFormat_AreRefused()
    {
        EnvelopeException error = Assert.Throws<EnvelopeException>(() => Protect(new ProtectOptions
        {
            KeyIds = [_kms.CreateKey().KeyId],
            EncryptionContext = new Dictionary<string, string> { ["aws-crypto-x"] = "1" },
        }));
        Assert.Equal(EnvelopeFailure.ReservedEncryptionContext, error.Failure);
        Assert.Equal(
            "'aws-crypto-x' cannot be in the encryption context: names that begin with aws-crypto- are reserved for the message format.",
            error.Message);
    }

    [Fact]
    public void Unprotect_DataKeyChangedOrOfAnotherLength_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] message = Protect(new ProtectOptions { KeyIds = [key.KeyId], Suite = AlgorithmSuite.Unsigned }).Message;
        int arn = message.AsSpan().IndexOf("arn:"u8);
        message[arn + key.Arn.Length + 2 + 60] ^= 1;
        Assert.Equal("InvalidCiphertextException", Assert.Throws<KmsException>(() => Unprotect(message)).ErrorCode);

        byte[] shorter = _kms.Encrypt(key.KeyId, new byte[16]);
        byte[] foreign = [.. message[..(arn + key.Arn.Length)], (byte)(shorter.Length >> 8), (byte)shorter
            .Length, .. shorter, 2, 0, 0, 16, 0, .. new byte[48]];
        Assert.Equal("InvalidCiphertextException", Assert.Throws<KmsException>(() => Unprotect(foreign)).ErrorCode);
    }

    [Fact]
    public void Unprotect_KeysOfOtherRegions_AreUsedInTheirRegions()
    {
        KeyMetadata here = _kms.CreateKey();
        KeyMetadata there = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata;
        byte[] message = Protect(new ProtectOptions { KeyIds = [here.KeyId, there.Arn] }).Message;
        Assert.Equal(there.Arn, Unprotect(message, there.Arn).Result.KeyArn);
        Assert.Equal(here.Arn, Unprotect(message).Result.KeyArn);

        // A caller who names a Region stays there.
        Assert.Equal(there.Arn, Unprotect(message, new UnprotectOptions(), "eu-west-1").Result.KeyArn);
        Assert.Equal(
            $"No KMS key opens the message. It is for {here.Arn}, {there.Arn}.",
            Assert.Throws<EnvelopeException>(() => Unprotect(message, new UnprotectOptions(), "ap-south-1")).Message);
    }

    [Fact]
    public void Unprotect_RelatedKeysOfSeveralRegions_OpenTheSameMessage()
    {
        KeyMetadata primary = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata;
        KeyMetadata replica = _kms.Call(new ReplicateKeyRequest { KeyId = primary.KeyId, ReplicaRegion = "eu-west-1" }).ReplicaKeyMetadata!;
        byte[] message = Protect(new ProtectOptions { KeyIds = [primary.KeyId] }).Message;
        _kms.Disable(primary.KeyId);
        Assert.Equal(replica.Arn, Unprotect(message, replica.Arn).Result.KeyArn);
        Assert.Equal(replica.Arn, Unprotect(message, new UnprotectOptions(), "eu-west-1").Result.KeyArn);
        Assert.Equal("DisabledException", Assert.Throws<KmsException>(() => Unprotect(message)).ErrorCode);
    }

    [Fact]
    public void Protect_GrantTokens_ReachKms()
    {
        KeyMetadata key = _kms.CreateKey();
        Assert.Equal(
            "InvalidGrantTokenException",
            Assert.Throws<KmsException>(() => Protect(new ProtectOptions { KeyIds = [key.KeyId], GrantTokens = ["nix"] })).ErrorCode);
        byte[] message = Protect(new ProtectOptions { KeyIds = [key.KeyId] }).Message;
        Assert.Equal(
            "InvalidGrantTokenException",
            Assert.Throws<KmsException>(() => Unprotect(message, new UnprotectOptions { GrantTokens = ["nix"] })).ErrorCode);
    }

    [Fact]
    public void Unprotect_KeyRotatedSince_OpensTheMessage()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] message = Protect(new ProtectOptions { KeyIds = [key.KeyId] }).Message;
        _ = _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        Assert.Equal(Content, Unprotect(message).Content);
    }

    [Fact]
    public void Protect_Progress_EndsAtTheLength()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1_000_000);
        Last made = new();
        using MemoryStream message = new();
        _ = Cipher().Protect(
            new MemoryStream(content),
            message,
            new ProtectOptions { KeyIds = [_kms.CreateKey().KeyId] },
            made,
            TestContext.Current.CancellationToken);
        Assert.Equal(1_000_000, made.Value);
        message.Position = 0;
        Last opened = new();
        _ = Cipher().Unprotect(message, Stream.Null, new UnprotectOptions(), opened, TestContext.Current.CancellationToken);
        Assert.Equal(message.Length, opened.Value);
    }

    private EnvelopeCipher Cipher(string? region = null) => new(_kms.Engine, KmsFixture.CallerIn(region));

    private (byte[] Message, EnvelopeResult Result) Protect(ProtectOptions options)
    {
        using MemoryStream output = new();
        EnvelopeResult result = Cipher().Protect(new MemoryStream(Content), output, options);
        return (output.ToArray(), result);
    }

    private (byte[] Content, EnvelopeResult Result) Unprotect(byte[] message, params string[] keyIds) =>
        Unprotect(message, new UnprotectOptions { KeyIds = keyIds });

    private (byte[] Content, EnvelopeResult Result) Unprotect(byte[] message, UnprotectOptions options, string? region = null)
    {
        using MemoryStream output = new();
        EnvelopeResult result = Cipher(region).Unprotect(new MemoryStream(message), output, options);
        return (output.ToArray(), result);
    }

    private string[] Uses() => [.. _kms.Events().Select(static record => record.EventName)
        .Where(static name => name is "GenerateDataKey" or "Encrypt" or "Decrypt")];

    private sealed class Last : IProgress<long>
    {
        public long Value { get; private set; }

        public void Report(long value) => Value = value;
    }
}
