using System.Diagnostics;
using KmsTools.Cryptography;
using KmsTools.EnvelopeEncryption;
using KmsTools.Operations;

namespace KmsTools.Fuzzing;

/// <summary>
/// Ciphertexts, contexts, tokens, MACs, signatures, keys, policies and messages that were changed: each is refused with an error of AWS,
/// and none that is authenticated is accepted.
/// </summary>
public sealed class MutatedBlobsTests(ITestOutputHelper output) : IDisposable
{
    // What RSA_2048 with OAEP and SHA-256 takes.
    private const int MaxWrapped = 190;

    private const string Agreement = "KEY_AGREEMENT";

    private static readonly int s_count = Campaign.Length(usual: 2_000, full: 500_000);

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Blob_Changed_IsRefusedWithAnErrorOfAws()
    {
        (string Name, Func<Random, bool> Try)[] kinds = [.. Kinds()];
        Random random = new(Campaign.Seed);
        Dictionary<string, (int Tried, int Accepted)> figures = [];
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < s_count; i++)
        {
            int seed = random.Next();
            (string name, Func<Random, bool> attempt) = kinds[i % kinds.Length];
            (int tried, int accepted) = figures.GetValueOrDefault(name);
            try
            {
                figures[name] = (tried + 1, accepted + (attempt(new Random(seed)) ? 1 : 0));
            }
            catch (Exception exception)
            {
                Assert.Fail($"{Campaign.Repeat(Campaign.Seed)}, number {i}, {name}, seed {seed}: {exception}");
            }
        }

        output.WriteLine($"{s_count} changed blobs in {clock.Elapsed.TotalSeconds:F0} s, {Campaign.Repeat(Campaign.Seed)}");
        foreach ((string name, (int tried, int accepted)) in figures)
        {
            output.WriteLine($"{name}: {tried} tried, {accepted} accepted");
        }

        // What is not authenticated may still be valid after a change: letters of a policy, the name of a curve written otherwise.
        Assert.All(
            figures.Where(static figure => figure.Key is not ("policy" or "public key" or "private key" or "grant token")),
            static figure => Assert.Equal(0, figure.Value.Accepted));
    }

    private IEnumerable<(string Name, Func<Random, bool> Try)> Kinds()
    {
        string symmetric = _kms.CreateKey().KeyId;
        Dictionary<string, string> context = new() { ["project"] = "apollo", ["stage"] = "test" };
        byte[] ciphertext = _kms.Call(new EncryptRequest
        {
            KeyId = symmetric,
            Plaintext = [1, 2, 3],
            EncryptionContext = context,
        }).CiphertextBlob.ToArray();
        yield return ("ciphertext", random => IsAccepted(new DecryptRequest
        {
            CiphertextBlob = Mutation.Of(ciphertext, random),
            EncryptionContext = context,
        }));
        yield return ("context", random => IsAccepted(new DecryptRequest
        {
            CiphertextBlob = ciphertext,
            EncryptionContext = new Dictionary<string, string> { ["project"] = Mutation.Of("apollo", random), ["stage"] = "test" },
        }));

        byte[] message = [7, 7, 7];
        foreach ((string spec, string algorithm) in new[] { ("ECC_NIST_P256", "ECDSA_SHA_256"), ("RSA_2048", "RSASSA_PSS_SHA_256") })
        {
            string signing = New(spec, "SIGN_VERIFY");
            byte[] signature = _kms.Call(new SignRequest
            {
                KeyId = signing,
                Message = message,
                SigningAlgorithm = algorithm,
            }).Signature.ToArray();
            yield return ($"signature {algorithm}", random => IsAccepted(new VerifyRequest
            {
                KeyId = signing,
                Message = message,
                Signature = Mutation.Of(signature, random),
                SigningAlgorithm = algorithm,
            }));
        }

        string hmac = New("HMAC_256", "GENERATE_VERIFY_MAC");
        byte[] mac = _kms.Call(new GenerateMacRequest { KeyId = hmac, Message = message, MacAlgorithm = "HMAC_SHA_256" }).Mac.ToArray();
        yield return ("MAC", random => IsAccepted(new VerifyMacRequest
        {
            KeyId = hmac,
            Message = message,
            Mac = Mutation.Of(mac, random),
            MacAlgorithm = "HMAC_SHA_256",
        }));

        string agreement = New("ECC_NIST_P256", Agreement);
        byte[] other = _kms.Call(new GetPublicKeyRequest { KeyId = New("ECC_NIST_P256", Agreement) }).PublicKey.ToArray();
        yield return ("public key", random => IsAccepted(new DeriveSharedSecretRequest
        {
            KeyId = agreement,
            PublicKey = Mutation.Of(other, random),
            KeyAgreementAlgorithm = "ECDH",
        }));

        string external = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest import = _kms.Importing(external, new byte[32]);
        yield return ("import token", random => IsAccepted(import with { ImportToken = Mutation.Of(import.ImportToken, random) }));
        yield return ("wrapped material", random => IsAccepted(
            import with { EncryptedKeyMaterial = Mutation.Of(import.EncryptedKeyMaterial, random) }));

        string externalPair = _kms.Call(new CreateKeyRequest
        {
            Origin = "EXTERNAL",
            KeySpec = "ECC_NIST_P256",
            KeyUsage = "SIGN_VERIFY",
        }).KeyMetadata.KeyId;
        using System.Security.Cryptography.ECDsa pair = System.Security.Cryptography.ECDsa.Create(
            System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        byte[] privateKey = pair.ExportPkcs8PrivateKey();
        byte[] wrapping = _kms.Parameters(externalPair).PublicKey.ToArray();
        ImportKeyMaterialRequest pairImport = _kms.Importing(externalPair, privateKey);
        yield return ("private key", random =>
        {
            byte[] changed = Mutation.Of(privateKey, random);
            changed = changed.Length > MaxWrapped ? changed[..MaxWrapped] : changed;
            return IsAccepted(pairImport with
            {
                EncryptedKeyMaterial = MaterialWrapping.Wrap(wrapping, AlgorithmSpec.RSAES_OAEP_SHA_256, changed),
            });
        });

        string granted = _kms.Call(new CreateGrantRequest
        {
            KeyId = symmetric,
            GranteePrincipal = "arn:aws:iam::111122223333:role/app",
            Operations = ["Decrypt"],
        }).GrantToken;
        yield return ("grant token", random => IsAccepted(new DecryptRequest
        {
            CiphertextBlob = ciphertext,
            EncryptionContext = context,
            GrantTokens = [Mutation.Of(granted, random)],
        }));

        string ruled = _kms.CreateKey().KeyId;
        string policy = """
            {"Version":"2012-10-17","Id":"a","Statement":[{"Sid":"1","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},
            "Action":["kms:*"],"Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:a":["b*","${aws:username}"]},
            "DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},
            "NumericLessThan":{"kms:ScheduleKeyDeletionPendingWindowInDays":"7"},"Bool":{"kms:GrantIsForAWSResource":"true"}}}]}
            """;
        yield return ("policy", random =>
        {
            bool isAccepted = IsAccepted(new PutKeyPolicyRequest
            {
                KeyId = ruled,
                Policy = Mutation.Of(policy, random),
                BypassPolicyLockoutSafetyCheck = true,
            });

            // It may leave nothing to this caller.
            ruled = isAccepted ? _kms.CreateKey().KeyId : ruled;
            return isAccepted;
        });

        byte[] file = Protect(symmetric);
        yield return ("message", random =>
        {
            try
            {
                using MemoryStream plaintext = new();
                new EnvelopeCipher(_kms.Engine, KmsFixture.CallerIn(null)).Unprotect(
                    new MemoryStream(Mutation.Of(file, random)), plaintext, new UnprotectOptions(), null, default);
                return true;
            }
            catch (EnvelopeException)
            {
                return false;
            }
            catch (KmsException exception) when (exception.HttpStatusCode < 500)
            {
                return false;
            }
        });
    }

    private string New(string spec, string usage) => _kms.Call(new CreateKeyRequest { KeySpec = spec, KeyUsage = usage }).KeyMetadata.KeyId;

    private byte[] Protect(string keyId)
    {
        using MemoryStream message = new();
        new EnvelopeCipher(_kms.Engine, KmsFixture.CallerIn(null)).Protect(
            new MemoryStream(new byte[100]), message, new ProtectOptions { KeyIds = [keyId], FrameLength = 40 }, null, default);
        return message.ToArray();
    }

    private bool IsAccepted<T>(IKmsRequest<T> request)
        where T : class
    {
        try
        {
            _kms.Call(request);
            return true;
        }
        catch (KmsException exception) when (exception.HttpStatusCode < 500)
        {
            return false;
        }
    }
}
