using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Pipeline;

/// <summary>Calls that end in an exception that nobody expected.</summary>
public sealed class UnexpectedErrorTests : IDisposable
{
    private readonly KmsFixture _kms = new();
    private readonly string _keyId;
    private Exception _fault = new InvalidOperationException("The secret is 1234.");

    public UnexpectedErrorTests()
    {
        _keyId = _kms.CreateKey().KeyId;
        _kms.Engine.Dispose();
        Engine = new KmsEngine(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = _kms.Folder })),
            static () => throw new NotSupportedException(),
            () => throw _fault);
    }

    private KmsEngine Engine { get; }

    public void Dispose()
    {
        Engine.Dispose();
        _kms.Dispose();
    }

    [Fact]
    public async Task Execute_AnUnexpectedException_IsAnInternalErrorWithAnEvent()
    {
        CreateKeyRequest change = new() { KeySpec = "ECC_NIST_EDWARDS25519", KeyUsage = "SIGN_VERIFY" };
        GenerateDataKeyPairRequest read = new() { KeyId = _keyId, KeyPairSpec = "ECC_NIST_EDWARDS25519" };
        Caller caller = KmsFixture.CallerIn(null);
        KmsException[] errors =
        [
            Assert.Throws<KmsException>(() => Engine.Execute(change, caller)),
            Assert.Throws<KmsException>(() => Engine.Execute(read, caller)),
            await Assert.ThrowsAsync<KmsException>(
                () => Engine.ExecuteAsync(OperationCatalog.Find("CreateKey")!, change, caller)),
        ];
        foreach (KmsException error in errors)
        {
            Assert.Equal(
                ("KMSInternalException", "An unexpected error occurred inside KmsTools (InvalidOperationException)."),
                (error.ErrorCode, error.Message));
            Assert.Same(_fault, error.InnerException);
        }

        AuditEvent[] events = Refused();
        Assert.Equal(["CreateKey", "GenerateDataKeyPair", "CreateKey"], events.Select(static call => call.EventName));
        Assert.DoesNotContain("1234", string.Concat(events.Select(static call => call.CloudTrailEvent)), StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_Cancelled_OrWithoutMemory_IsNotAnswered()
    {
        CreateKeyRequest change = new() { KeySpec = "ECC_NIST_EDWARDS25519", KeyUsage = "SIGN_VERIFY" };
        _fault = new OperationCanceledException();
        Assert.Throws<OperationCanceledException>(() => Engine.Execute(change, KmsFixture.CallerIn(null)));
        _fault = new InsufficientMemoryException();
        Assert.Throws<InsufficientMemoryException>(() => Engine.Execute(change, KmsFixture.CallerIn(null)));
        Assert.Empty(Refused());
    }

    private AuditEvent[] Refused() =>
        [.. Engine.FindEvents(new EventQuery()).Where(static call => call.ErrorCode == "KMSInternalException")];
}
