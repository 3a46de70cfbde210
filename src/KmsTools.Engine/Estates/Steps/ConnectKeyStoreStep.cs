using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>Connects a custom key store, and verifies that it is connected: the operation returns even when the attempt failed.</summary>
/// <param name="Store">The custom key store.</param>
internal sealed record ConnectKeyStoreStep(EstateKeyStore Store) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run)
    {
        string id = run.Ids[Store];
        run.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        using IStateReader state = run.Engine.OpenReader();
        CustomKeyStore? present = state.FindCustomKeyStore(run.Change.Region!, id);
        if (present is not { ConnectionState: ConnectionStateType.CONNECTED })
        {
            throw new EstateException(
            [
                new EstateError(
                    run.Change.Position,
                    $"The custom key store {Store.Name} could not be connected: "
                        + $"{present?.ConnectionErrorCode?.ToString() ?? present?.ConnectionState.ToString() ?? "it is gone"}.",
                    Cause: ErrorCause.KeyStoreNotConnected),
            ]);
        }
    }
}
