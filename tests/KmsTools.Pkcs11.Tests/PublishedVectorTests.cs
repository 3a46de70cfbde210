using System.Diagnostics;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>
/// AES-GCM inside the HSM is AES-GCM. Source of the vector: McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", test
/// case 16. Its key is brought into the token by SoftHSM's own tool, because ours never imports one.
/// </summary>
public sealed class PublishedVectorTests : IDisposable
{
    private const string Key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    private const string Iv = "cafebabefacedbaddecaf888";
    private const string AdditionalData = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    private const string Tag = "76fc6ece0f4e1768cddf8853bb2d551b";

    private const string Plaintext =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

    private const string Ciphertext =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";

    private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();
    private readonly byte[] _id = HsmLab.NewId();
    private readonly IHsmConnection _connection;

    public PublishedVectorTests()
    {
        ImportKey();
        _connection = _lab.Connect();
    }

    public void Dispose()
    {
        _connection.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public void Decrypt_PublishedCiphertext_GivesThePublishedPlaintext()
    {
        byte[] plaintext = new byte[Plaintext.Length / 2];

        _connection.Decrypt(_id, Convert.FromHexString(Iv + Ciphertext + Tag), Convert.FromHexString(AdditionalData), plaintext);

        Assert.Equal(Plaintext, Convert.ToHexStringLower(plaintext));
    }

    [Fact]
    public void Encrypt_UnderAKnownKey_IsOpenedOutsideTheHsm()
    {
        byte[] message = new byte[(Plaintext.Length / 2) + 28];

        _connection.Encrypt(_id, Convert.FromHexString(Plaintext), Convert.FromHexString(AdditionalData), message);

        byte[] plaintext = new byte[message.Length - 28];
        using AesGcm gcm = new(Convert.FromHexString(Key), 16);
        gcm.Decrypt(
            message.AsSpan(0, 12),
            message.AsSpan(12, plaintext.Length),
            message.AsSpan(^16),
            plaintext,
            Convert.FromHexString(AdditionalData));
        Assert.Equal(Plaintext, Convert.ToHexStringLower(plaintext));
        Assert.NotEqual(Iv, Convert.ToHexStringLower(message.AsSpan(0, 12)));
    }

    private void ImportKey()
    {
        string file = Path.Combine(_lab.Folder, "key");
        File.WriteAllBytes(file, Convert.FromHexString(Key));
        using Process tool = Process.Start(new ProcessStartInfo(
            "softhsm2-util",
            [
                "--import", file, "--aes", "--token", _lab.TokenLabel, "--label", "vector", "--id", Convert.ToHexString(_id),
                "--pin", HsmLab.UserPin,
            ])
        {
            RedirectStandardOutput = true,
        })!;
        string output = tool.StandardOutput.ReadToEnd();
        tool.WaitForExit();
        Assert.True(tool.ExitCode == 0, output);
    }
}
