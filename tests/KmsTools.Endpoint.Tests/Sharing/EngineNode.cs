using KmsTools.BouncyCastle;
using KmsTools.Identifiers;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Endpoint.Sharing;

/// <summary>An engine of this process with the store open for itself, as a session of PowerShell has it.</summary>
internal sealed class EngineNode : SharedNode
{
    private readonly KmsEngine _engine;

    public EngineNode(string name, StateStoreOptions options)
    {
        Name = name;
        _engine = new KmsEngine(
            new StoreFactory().Open(options), static () => throw new NotSupportedException(), static () => new BouncyCastleSignatures());
    }

    public override string Name { get; }

    public override Task<SharedAnswer> CreateKeyAsync() => CallAsync(new CreateKeyRequest(), static answer => answer.KeyMetadata.KeyId);

    public override Task<SharedAnswer> DescribeAsync(string keyId) =>
        CallAsync(new DescribeKeyRequest { KeyId = keyId }, static answer => answer.KeyMetadata.Description);

    public override Task<SharedAnswer> UpdateDescriptionAsync(string keyId, string description) =>
        CallAsync(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = description }, static _ => null);

    public override Task<SharedAnswer> EncryptAsync(string keyId) =>
        CallAsync(new EncryptRequest { KeyId = keyId, Plaintext = new byte[] { 1, 2, 3 } }, static answer => IdOf(answer.KeyId));

    public override Task<SharedAnswer> SetEnabledAsync(string keyId, bool isEnabled) => isEnabled
        ? CallAsync(new EnableKeyRequest { KeyId = keyId }, static _ => null)
        : CallAsync(new DisableKeyRequest { KeyId = keyId }, static _ => null);

    public override Task<SharedAnswer> CreateAliasAsync(string alias, string keyId) =>
        CallAsync(new CreateAliasRequest { AliasName = alias, TargetKeyId = keyId }, static _ => null);

    public override Task<SharedAnswer> UpdateAliasAsync(string alias, string keyId) =>
        CallAsync(new UpdateAliasRequest { AliasName = alias, TargetKeyId = keyId }, static _ => null);

    public override Task<SharedAnswer> ScheduleDeletionAsync(string keyId) =>
        CallAsync(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 }, static _ => null);

    public override ValueTask DisposeAsync()
    {
        _engine.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<SharedAnswer> CallAsync<T>(IKmsRequest<T> request, Func<T, string?> value)
        where T : class => Task.Factory.StartNew(
            () =>
            {
                string id = Guid.NewGuid().ToString();
                try
                {
                    Caller caller = Caller.LocalUser(AccountId.Parse(EndpointFixture.Account)) with { RequestId = id };
                    return new SharedAnswer(value(_engine.Execute(request, caller)), RequestId: id);
                }
                catch (KmsException exception)
                {
                    return new SharedAnswer(null, exception.ErrorCode, $"{exception.Message} {exception.InnerException?.Message}", id);
                }
                catch (StateStoreException exception)
                {
                    return new SharedAnswer(null, "KMSInternalException", exception.Message, id);
                }
            },
            TaskCreationOptions.LongRunning);
}
