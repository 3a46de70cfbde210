using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KmsTools.Pkcs11;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>What ciphertexts are, for other software too, and that nothing of them can be changed.</summary>
public sealed class CiphertextTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly byte[] Plaintext = RandomNumberGenerator.GetBytes(100);
    private static readonly byte[] Aad = RandomNumberGenerator.GetBytes(70);

    [Fact]
    public void IntegrityValue_OfThePublishedExample_IsThatOfTheSpecification()
    {
        byte[] message =
        [
            .. Convert.FromBase64String("HMrlRw85cAJUd5Ax"), .. Convert.FromBase64String("ghxkK1txeDNn3q8Y"),
            .. Convert.FromBase64String("vBxN2ncH1oEkR8WVXpmyYQ=="),
        ];
        byte[] value = new byte[32];
        IntegrityValue.Compute("project=nile,department=marketing"u8, "key_version=1"u8, message, value);
        Assert.Equal("qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=", Convert.ToBase64String(value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ciphertext_IsWhatTheSpecificationSays_ForOtherSoftware(bool hashes)
    {
        await WithAsync(hashes, async () =>
        {
            XksAnswer answer = await lab.EncryptAsync("foo", Plaintext, Aad, cdiv: true);
            byte[] metadata = answer.Blob("ciphertextMetadata");
            Assert.Equal(hashes ? [2, 1] : [1, 1], metadata);
            byte[] length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)Aad.Length);
            byte[] authenticated = [.. length, .. hashes ? SHA256.HashData(Aad) : Aad, 2, .. metadata];
            using OtherSoftware owner = lab.Hsm.StartOther();
            Assert.Equal(
                Plaintext,
                owner.Decrypt(
                    [1],
                    answer.Blob("initializationVector"),
                    [.. answer.Blob("ciphertext"), .. answer.Blob("authenticationTag")],
                    authenticated));

            // The value is over the data themselves.
            byte[] covered =
            [
                .. Aad, .. metadata, .. answer.Blob("initializationVector"), .. answer.Blob("ciphertext"), .. answer.Blob("authenticationTag"),
            ];
            Assert.Equal(SHA256.HashData(covered), answer.Blob("ciphertextDataIntegrityValue"));
        });
    }

    [Fact]
    public async Task HashingOfAad_ChangedLater_KeepsFormerCiphertextsReadable()
    {
        JsonNode plain = (await lab.EncryptAsync("foo", Plaintext, Aad)).Ok();
        JsonNode hashed = new JsonObject();
        await WithAsync(hashes: true, async () =>
        {
            hashed = (await lab.EncryptAsync("foo", Plaintext, Aad)).Ok();
            Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", plain, Aad)).Blob("plaintext"));
            Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", hashed, Aad)).Blob("plaintext"));
        });
        Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", hashed, Aad)).Blob("plaintext"));
        (await lab.DecryptAsync("foo", hashed, SHA256.HashData(Aad))).Is(400, "InvalidCiphertextException");
    }

    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    public async Task Decrypt_IvOf12Or16Bytes_Works(int size)
    {
        byte[] iv = RandomNumberGenerator.GetBytes(size);
        byte[] sealedText;
        using (OtherSoftware owner = lab.Hsm.StartOther())
        {
            sealedText = owner.Encrypt([1], iv, Plaintext, [0, 3, .. "abc"u8, 2, 1, 1]);
        }

        JsonObject encrypted = Encrypted(sealedText[..^16], iv, sealedText[^16..], [1, 1]);
        Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", encrypted, "abc"u8.ToArray())).Blob("plaintext"));
        encrypted["authenticationTag"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        (await lab.DecryptAsync("foo", encrypted, "abc"u8.ToArray())).Is(400, "InvalidCiphertextException");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(600)]
    public async Task Decrypt_OtherIv_IsInvalid(int size) =>
        (await lab.DecryptAsync("foo", Encrypted(Plaintext, new byte[size], new byte[16], [1, 1]))).Is(400, "ValidationException");

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public async Task Decrypt_OtherTag_IsInvalid(int size) =>
        (await lab.DecryptAsync("foo", Encrypted(Plaintext, new byte[12], new byte[size], [1, 1]))).Is(400, "ValidationException");

    [Theory]
    [InlineData("ciphertext")]
    [InlineData("initializationVector")]
    [InlineData("authenticationTag")]
    [InlineData("ciphertextMetadata")]
    public async Task Decrypt_OneBitChanged_IsInvalidCiphertextInTheSameWords(string member)
    {
        JsonObject encrypted = (await lab.EncryptAsync("foo", Plaintext, Aad)).Ok().AsObject();
        byte[] bytes = Convert.FromBase64String(encrypted[member]!.GetValue<string>());
        for (int index = 0; index < bytes.Length; index += 5)
        {
            bytes[index] ^= 0x40;
            encrypted[member] = Convert.ToBase64String(bytes);
            XksAnswer answer = (await lab.DecryptAsync("foo", encrypted, Aad)).Is(400, "InvalidCiphertextException");
            Assert.Equal(
                """{"errorName":"InvalidCiphertextException","errorMessage":"The ciphertext, or what was authenticated with it, is not valid."}""",
                answer.Text);
            bytes[index] ^= 0x40;
        }
    }

    [Theory]
    [InlineData(new byte[] { }, 400, "InvalidCiphertextException")]
    [InlineData(new byte[] { 1 }, 400, "InvalidCiphertextException")]
    [InlineData(new byte[] { 1, 1, 1 }, 400, "InvalidCiphertextException")]
    [InlineData(new byte[] { 2, 1 }, 400, "InvalidCiphertextException")]
    [InlineData(new byte[] { 1, 2 }, 400, "InvalidCiphertextException")]
    [InlineData(new byte[] { 1, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }, 400, "InvalidCiphertextException")]
    [InlineData(new byte[] { 1, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 }, 400, "ValidationException")]
    public async Task Decrypt_OtherMetadata_IsRefused(byte[] metadata, int status, string error)
    {
        JsonObject encrypted = (await lab.EncryptAsync("foo", Plaintext)).Ok().AsObject();
        encrypted["ciphertextMetadata"] = Convert.ToBase64String(metadata);
        (await lab.DecryptAsync("foo", encrypted)).Is(status, error);
        Assert.True(encrypted.Remove("ciphertextMetadata"));
        (await lab.DecryptAsync("foo", encrypted)).Is(400, "InvalidCiphertextException");
    }

    [Fact]
    public async Task EmptyPlaintext_IsEncrypted()
    {
        XksAnswer answer = await lab.EncryptAsync("foo", [], Aad, cdiv: true);
        Assert.Equal("", answer.Member("ciphertext"));
        Assert.Equal("", (await lab.DecryptAsync("foo", answer.Json, Aad)).Member("plaintext"));
        (await lab.DecryptAsync("foo", answer.Json)).Is(400, "InvalidCiphertextException");
    }

    [Fact]
    public async Task EmptyAad_IsNone()
    {
        JsonNode encrypted = (await lab.EncryptAsync("foo", Plaintext, [])).Ok();
        Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", encrypted)).Blob("plaintext"));
    }

    [Fact]
    public async Task Ivs_AreNeverTheSame()
    {
        HashSet<string> seen = [];
        for (int i = 0; i < 50; i++)
        {
            Assert.True(seen.Add((await lab.EncryptAsync("foo", Plaintext)).Member("initializationVector")));
        }
    }

    [Fact]
    public async Task Rotation_BehindTheId_KeepsFormerCiphertextsReadable()
    {
        JsonNode before = (await lab.EncryptAsync("foo", Plaintext, Aad)).Ok();
        KeySettings key = ProxyLab.Key("foo", KeyName.OfLabel("next"), version: 2) with
        {
            Former = [ProxyLab.Key("foo", KeyName.OfId("01")).Current],
        };
        await lab.Host.ApplyAsync(lab.Settings() with { KeyStores = [ProxyLab.Store() with { Keys = [key] }] });
        try
        {
            XksAnswer after = await lab.EncryptAsync("foo", Plaintext, Aad);
            Assert.Equal([1, 2], after.Blob("ciphertextMetadata"));
            Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", before, Aad)).Blob("plaintext"));
            Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", after.Json, Aad)).Blob("plaintext"));
        }
        finally
        {
            await lab.Host.ApplyAsync(lab.Settings());
        }

        Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", before, Aad)).Blob("plaintext"));
    }

    private static JsonObject Encrypted(byte[] ciphertext, byte[] iv, byte[] tag, byte[] metadata) => new()
    {
        ["ciphertext"] = Convert.ToBase64String(ciphertext),
        ["initializationVector"] = Convert.ToBase64String(iv),
        ["authenticationTag"] = Convert.ToBase64String(tag),
        ["ciphertextMetadata"] = Convert.ToBase64String(metadata),
    };

    private async Task WithAsync(bool hashes, Func<Task> test)
    {
        await lab.Host.ApplyAsync(lab.Settings() with { Tokens = [lab.Token() with { HashesAad = hashes }] });
        try
        {
            await test();
        }
        finally
        {
            await lab.Host.ApplyAsync(lab.Settings());
        }
    }
}
