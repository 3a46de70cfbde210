using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Sqlite;

namespace KmsTools;

/// <summary>A KMS over a real store in a temporary folder, with a clock that stands still until a test moves it.</summary>
public sealed class KmsFixture : IDisposable
{
    public const string Account = "111122223333";
    public const string Region = "us-east-1";

    private readonly Lazy<IHsmProvider> _hsms;

    public KmsFixture(IHsmProvider? hsms = null)
    {
        _hsms = new Lazy<IHsmProvider>(() => hsms ?? new Pkcs11HsmProvider());
        Folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
        Engine = Open();
        Engine.StepClock(Start);
    }

    /// <summary>Where the clock stands at first.</summary>
    public static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Folder { get; }

    public KmsEngine Engine { get; private set; }

    public KmsEngine Open() => new(
        new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = Folder, SimulatedClock = true }), () => _hsms.Value);

    /// <summary>Closes the store and opens it again.</summary>
    public void Reopen()
    {
        Engine.Dispose();
        Engine = Open();
    }

    public T Call<T>(IKmsRequest<T> request, string? region = null)
        where T : class =>
        Engine.Execute(request, Caller.LocalUser(Account) with { Region = region });

    /// <summary>The error that a call is refused with.</summary>
    public KmsException Refused<T>(IKmsRequest<T> request, string? region = null)
        where T : class => Assert.Throws<KmsException>(() => Call(request, region));

    /// <summary>Requires a call to be refused with exactly this error.</summary>
    public void Refuses<T>(IKmsRequest<T> request, string errorCode, string message)
        where T : class
    {
        KmsException error = Refused(request);
        Assert.Equal((errorCode, message), (error.ErrorCode, error.Message));
    }

    public void Step(TimeSpan by) => Engine.StepClock(Engine.UtcNow + by);

    public void StepDays(double days) => Step(TimeSpan.FromDays(days));

    public KeyMetadata CreateKey(string? origin = null) => Call(new CreateKeyRequest { Origin = origin }).KeyMetadata;

    public KeyMetadata Describe(string keyId) => Call(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata;

    public byte[] Encrypt(string keyId, params byte[] plaintext) =>
        Call(new EncryptRequest { KeyId = keyId, Plaintext = plaintext.Length == 0 ? [1, 2, 3] : plaintext }).CiphertextBlob.ToArray();

    public byte[] Decrypt(byte[] ciphertext) => Call(new DecryptRequest { CiphertextBlob = ciphertext }).Plaintext!.ToArray();

    public IReadOnlyList<Auditing.AuditEvent> Events(string? name = null) => [.. Engine.FindEvents(new EventQuery { EventName = name })];

    public void Dispose()
    {
        Engine.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
