using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;
using Microsoft.Data.Sqlite;
using System.Security.Cryptography;

namespace KmsTools;

/// <summary>
/// A KMS over a real store in a temporary folder, with a clock that stands still until a test moves it, or a real one that the test gives.
/// </summary>
public sealed class KmsFixture : IDisposable
{
    private static readonly string[] s_notPreviewed =
    [
        "DryRunOperationException", "CloudHsmClusterNotActiveException", "CloudHsmClusterInvalidConfigurationException",
        "XksKeyInvalidConfigurationException", "KMSInternalException", "DependencyTimeoutException",
    ];

    // What only the material of a key can tell.
    private static readonly string[] s_toldByMaterial =
        ["InvalidCiphertextException", "KMSInvalidMacException", "KMSInvalidSignatureException"];

    private readonly Lazy<IHsmProvider> _hsms;
    private readonly Dictionary<(string KeyId, AlgorithmSpec Algorithm), GetParametersForImportResponse> _parameters = [];
    private readonly TimeProvider? _clock;
    private readonly IXksClient? _xks;

    /// <summary>Opens a store.</summary>
    /// <param name="hsms">Reaches HSMs; null for the real ones.</param>
    /// <param name="clock">The real clock of the store; null for a simulated one.</param>
    /// <param name="isNew">Whether it has a root key and an ID of its own, for tests with several stores.</param>
    /// <param name="xks">Calls the proxies of external key stores; null for tests without any.</param>
    public KmsFixture(IHsmProvider? hsms = null, TimeProvider? clock = null, bool isNew = false, IXksClient? xks = null)
    {
        _clock = clock;
        _xks = xks;
        _hsms = new Lazy<IHsmProvider>(() => hsms ?? new Pkcs11HsmProvider());
        Folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
        bool isCopy = hsms is null && clock is null && !isNew && !TestStores.AreShared;
        if (isCopy)
        {
            CopiedStore.CopyTo(Folder);
        }

        Engine = Open();
        if (clock is null && !isCopy)
        {
            Engine.StepClock(Start);
        }
    }

    public static AccountId Account { get; } = AccountId.Parse("111122223333");

    public static RegionName Region { get; } = RegionName.Parse("us-east-1");

    /// <summary>Where the clock stands at first.</summary>
    public static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Folder { get; }

    public KmsEngine Engine { get; private set; }

    public KmsEngine Open() => new(
        new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = Folder, SimulatedClock = _clock is null })),
        () => _hsms.Value,
        static () => new BouncyCastleSignatures(),
        _clock,
        _xks is null ? null : () => _xks);

    /// <summary>Changes the state of a store as another program would.</summary>
    /// <returns>The number of rows that were changed.</returns>
    public static int ChangeState(string folder, string sql)
    {
        using SqliteConnection state = new($"Data Source={Path.Combine(folder, "state.db")};Pooling=False");
        state.Open();
        using SqliteCommand command = state.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    /// <summary>Closes the store and opens it again.</summary>
    public void Reopen()
    {
        Engine.Dispose();
        Engine = Open();
    }

    public T Call<T>(IKmsRequest<T> request, string? region = null)
        where T : class =>
        Engine.Execute(request, CallerIn(region));

    /// <summary>The user of the operating system, who calls a Region; null for that of the store.</summary>
    public static Caller CallerIn(string? region) =>
        Caller.LocalUser(Account) with { Region = region is null ? null : RegionName.Parse(region) };

    /// <summary>The error that a call is refused with. A preview of it is refused too, unless only an HSM, a proxy or key material can tell.</summary>
    public KmsException Refused<T>(IKmsRequest<T> request, string? region = null, bool isPreviewed = true)
        where T : class
    {
        KmsException error = Assert.Throws<KmsException>(() => Call(request, region));
        Operation operation = OperationCatalog.ForRequest(request);
        if (isPreviewed && (!operation.ReadOnly || operation.IsKeyUse) && error.InnerException is null && !s_notPreviewed.Contains(error.ErrorCode)
            && !(operation.IsKeyUse && s_toldByMaterial.Contains(error.ErrorCode)))
        {
            // -WhatIf and the console ask before.
            KmsException preview = Assert.Throws<KmsException>(() => Engine.Preview(request, CallerIn(region)));
            Assert.Equal(error.ErrorCode, preview.ErrorCode);
        }

        return error;
    }

    /// <summary>Requires a call to be refused with exactly this error.</summary>
    public void Refuses<T>(IKmsRequest<T> request, string errorCode, string message, bool isPreviewed = true)
        where T : class
    {
        KmsException error = Refused(request, isPreviewed: isPreviewed);
        Assert.Equal((errorCode, message), (error.ErrorCode, error.Message));
    }

    public void Step(TimeSpan by) => Engine.StepClock(Engine.UtcNow + by);

    public void StepDays(double days) => Step(TimeSpan.FromDays(days));

    public KeyMetadata CreateKey(string? origin = null) => Call(new CreateKeyRequest { Origin = origin }).KeyMetadata;

    public KeyMetadata Describe(string keyId) => Call(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata;

    public byte[] Encrypt(string keyId, params byte[] plaintext) =>
        Call(new EncryptRequest { KeyId = keyId, Plaintext = plaintext.Length == 0 ? [1, 2, 3] : plaintext }).CiphertextBlob.ToArray();

    public byte[] Decrypt(byte[] ciphertext) => Call(new DecryptRequest { CiphertextBlob = ciphertext }).Plaintext!.ToArray();

    /// <summary>A refused call, as error code and message.</summary>
    public (string Code, string Message) Error<T>(IKmsRequest<T> request, string? region = null)
        where T : class
    {
        KmsException error = Refused(request, region);
        return (error.ErrorCode, error.Message);
    }

    public DateTime UtcNow => Engine.UtcNow.UtcDateTime;

    /// <summary>Token and public key for an import; kept, because the key pair takes long to make.</summary>
    public GetParametersForImportResponse Parameters(string keyId, AlgorithmSpec algorithm = AlgorithmSpec.RSAES_OAEP_SHA_256)
    {
        if (!_parameters.TryGetValue((keyId, algorithm), out GetParametersForImportResponse? parameters)
            || parameters.ParametersValidTo <= UtcNow)
        {
            parameters = Call(new GetParametersForImportRequest
            {
                KeyId = keyId,
                WrappingAlgorithm = algorithm.ToString(),
                WrappingKeySpec = "RSA_2048",
            });
            _parameters[(keyId, algorithm)] = parameters;
        }

        return parameters;
    }

    /// <summary>An import of these bytes that does not expire, to be changed with <c>with</c>.</summary>
    public ImportKeyMaterialRequest Importing(string keyId, byte[] material)
    {
        GetParametersForImportResponse parameters = Parameters(keyId);
        return new ImportKeyMaterialRequest
        {
            KeyId = keyId,
            ImportToken = parameters.ImportToken.ToArray(),
            EncryptedKeyMaterial = MaterialWrapping.Wrap(parameters.PublicKey.ToArray(), AlgorithmSpec.RSAES_OAEP_SHA_256, material),
            ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE",
        };
    }

    /// <summary>Imports bytes as what they are to the key, or as new ones; they expire when told so.</summary>
    public string Import(string keyId, byte[] material, DateTimeOffset? validTo = null, string? type = null) =>
        Call(Importing(keyId, material) with
        {
            ValidTo = validTo,
            ExpirationModel = validTo is null ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES",
            ImportType = type,
        }).KeyMaterialId!;

    /// <summary>A key with imported material.</summary>
    public KeyMetadata ImportedKey(byte[]? material = null, DateTimeOffset? validTo = null)
    {
        KeyMetadata key = CreateKey("EXTERNAL");
        Import(key.KeyId, material ?? RandomNumberGenerator.GetBytes(32), validTo);
        return Describe(key.KeyId);
    }

    public void Disable(string keyId) => Call(new DisableKeyRequest { KeyId = keyId });

    public void Enable(string keyId) => Call(new EnableKeyRequest { KeyId = keyId });

    public void Schedule(string keyId, int days = 7) => Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = days });

    public void Alias(string name, string keyId) => Call(new CreateAliasRequest { AliasName = name, TargetKeyId = keyId });

    /// <summary>The events since the clock was moved to where it stood at first.</summary>
    public IReadOnlyList<Auditing.AuditEvent> Events(string? name = null) =>
        [.. Engine.FindEvents(new EventQuery { EventName = name, After = Start })];

    public void Dispose()
    {
        Engine.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
