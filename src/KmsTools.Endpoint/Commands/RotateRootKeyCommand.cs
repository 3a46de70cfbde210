using System.CommandLine;
using System.Globalization;
using KmsTools.Persistence;

namespace KmsTools.Endpoint.Commands;

/// <summary>Rotates the root key of an existing store.</summary>
internal sealed class RotateRootKeyCommand : Command
{
    private readonly StoreOptions _stores;

    public RotateRootKeyCommand(StoreOptions stores)
        : base("rotate-root-key", "Rotates the root key of a store, also while the store is served: makes a new generation, wraps "
            + "everything in the store again, and destroys the former one. Back up the store afterwards.")
    {
        _stores = stores;
        stores.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        using OpenedStore store = OpenedStore.Open(_stores.ReadExisting(line), _stores.ReadCredentials(line));
        RootKeyState state = store.Engine.RootKey.Rotate(store.Caller);
        await Console.Out.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"The root key has generation {state.Generation}.")).ConfigureAwait(false);
        return 0;
    }
}
