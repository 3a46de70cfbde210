using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

namespace KmsTools.Endpoint;

/// <summary>What is left in the memory of an endpoint of the secrets that it has answered with.</summary>
[Collection(typeof(AloneCollection))]
public sealed class SecretsInMemoryTests
{
    private const int LaterCalls = 500;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 0)]
    [InlineData("0", 0)]
    [InlineData("1", 3)]
    public async Task Diagnostics_OfAnEndpoint_AreOpenOnlyWhenTheyAreAskedFor(string? asked, int doors)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no files that could be removed.");

        // Where nothing is that other processes have left.
        string temporary = Directory.CreateTempSubdirectory("kms-d-").FullName;
        try
        {
            await using EndpointProcess process = await EndpointProcess.StartAsync(
                ["--temporary"], new Dictionary<string, string?> { ["DOTNET_EnableDiagnostics"] = asked, ["TMPDIR"] = temporary });

            // A socket, and two pipes of the debugger.
            Assert.Equal(doors, Directory.GetFiles(temporary, $"*-{process.Id}-*").Length);
            await process.StopAsync();
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    [Fact]
    public async Task Secrets_Answered_AreNotInMemoryAfterwards()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can read the memory of an endpoint.");
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--dev-credentials", "test:test");
        Assert.SkipUnless(CanRead(process.Id), "This system lets no process read the memory of another.");
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        string symmetric = await CreateKeyAsync(client, Amazon.KeyManagementService.KeySpec.SYMMETRIC_DEFAULT, Amazon.KeyManagementService.KeyUsageType.ENCRYPT_DECRYPT);
        string rsa = await CreateKeyAsync(client, Amazon.KeyManagementService.KeySpec.RSA_2048, Amazon.KeyManagementService.KeyUsageType.ENCRYPT_DECRYPT);
        string agreement = await CreateKeyAsync(client, Amazon.KeyManagementService.KeySpec.ECC_NIST_P256, Amazon.KeyManagementService.KeyUsageType.KEY_AGREEMENT);
        Dictionary<string, byte[]> secrets = new()
        {
            ["the plaintext of Encrypt and Decrypt"] = RandomNumberGenerator.GetBytes(61),
            ["the plaintext of RSA"] = RandomNumberGenerator.GetBytes(53),
        };
        EncryptResponse encrypted = await client.EncryptAsync(
            new EncryptRequest { KeyId = symmetric, Plaintext = new MemoryStream(secrets["the plaintext of Encrypt and Decrypt"]) }, Cancellation);
        await client.DecryptAsync(new DecryptRequest { CiphertextBlob = encrypted.CiphertextBlob }, Cancellation);
        encrypted = await client.EncryptAsync(new EncryptRequest
        {
            KeyId = rsa,
            EncryptionAlgorithm = Amazon.KeyManagementService.EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256,
            Plaintext = new MemoryStream(secrets["the plaintext of RSA"]),
        }, Cancellation);
        await client.DecryptAsync(new DecryptRequest
        {
            KeyId = rsa,
            EncryptionAlgorithm = Amazon.KeyManagementService.EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256,
            CiphertextBlob = encrypted.CiphertextBlob,
        }, Cancellation);
        secrets["the data key"] = (await client.GenerateDataKeyAsync(
            new GenerateDataKeyRequest { KeyId = symmetric, NumberOfBytes = 47 }, Cancellation)).Plaintext.ToArray();
        using ECDiffieHellman peer = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        secrets["the shared secret"] = (await client.DeriveSharedSecretAsync(new DeriveSharedSecretRequest
        {
            KeyId = agreement,
            KeyAgreementAlgorithm = Amazon.KeyManagementService.KeyAgreementAlgorithmSpec.ECDH,
            PublicKey = new MemoryStream(peer.ExportSubjectPublicKeyInfo()),
        }, Cancellation)).SharedSecret.ToArray();
        secrets["random bytes"] = (await client.GenerateRandomAsync(new GenerateRandomRequest { NumberOfBytes = 59 }, Cancellation)).Plaintext.ToArray();
        secrets["the root key"] = await File.ReadAllBytesAsync(Path.Combine(process.Folder, "root.key"), Cancellation);
        for (int i = 0; i < LaterCalls; i++)
        {
            await client.EncryptAsync(new EncryptRequest { KeyId = symmetric, Plaintext = new MemoryStream(new byte[100]) }, Cancellation);
        }

        (string What, byte[] Bytes)[] searched =
        [
            .. secrets.Select(static secret => (secret.Key, secret.Value)),
            .. secrets.Select(static secret => (secret.Key + " in base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(secret.Value)))),

            // That the search finds anything at all.
            ("the ID of the key", Encoding.Unicode.GetBytes(symmetric)),
        ];
        Assert.Equal(["the ID of the key"], Find(process.Id, searched));
    }

    private static async Task<string> CreateKeyAsync(
        AmazonKeyManagementServiceClient client, Amazon.KeyManagementService.KeySpec spec, Amazon.KeyManagementService.KeyUsageType usage) =>
        (await client.CreateKeyAsync(new CreateKeyRequest { KeySpec = spec, KeyUsage = usage }, Cancellation)).KeyMetadata.KeyId;

    private static bool CanRead(int process)
    {
        try
        {
            using FileStream memory = File.OpenRead($"/proc/{process}/mem");
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Find(int process, (string What, byte[] Bytes)[] searched)
    {
        HashSet<string> found = [];
        using FileStream memory = new($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (string line in File.ReadLines($"/proc/{process}/maps"))
        {
            string[] parts = line.Split(' ');
            long[] ends = [.. parts[0].Split('-').Select(static end => unchecked((long)ulong.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
            if (parts[1].StartsWith("rw", StringComparison.Ordinal))
            {
                Search(memory, ends[0], ends[1], searched, found);
            }
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static void Search(FileStream memory, long start, long end, (string What, byte[] Bytes)[] searched, HashSet<string> found)
    {
        const int overlap = 256;
        byte[] buffer = new byte[(4 << 20) + overlap];
        for (long at = start; at < end; at += 4 << 20)
        {
            int read;
            try
            {
                read = RandomAccess.Read(memory.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
            }
            catch (IOException)
            {
                // Reserved, but not in use.
                continue;
            }

            foreach ((string what, byte[] bytes) in searched)
            {
                if (buffer.AsSpan(0, read).IndexOf(bytes) >= 0)
                {
                    found.Add(what);
                }
            }
        }
    }
}
