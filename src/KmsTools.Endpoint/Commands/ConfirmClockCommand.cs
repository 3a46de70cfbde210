using System.CommandLine;

namespace KmsTools.Endpoint.Commands;

/// <summary>Confirms the clock of an existing store, or only lists what waits for that.</summary>
internal sealed class ConfirmClockCommand : Command
{
    private readonly StoreOptions _stores;
    private readonly Option<bool> _yes = CommandLineOption.Flag(
        "--yes", "Destroys it. Compare the clock with another one before.");

    public ConfirmClockCommand(StoreOptions stores)
        : base("confirm-clock", "Confirms that the clock is right, also while the store is served: keys and key material that wait for "
            + "that are destroyed. Without --yes they are only listed.")
    {
        _stores = stores;
        stores.AddTo(this, _yes);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        using OpenedStore store = OpenedStore.Open(_stores.ReadExisting(line), _stores.ReadCredentials(line));
        ClockStatus clock = store.Engine.ClockTrust.Read();
        bool isConfirmed = line.GetValue(_yes);
        if (isConfirmed)
        {
            store.Engine.ClockTrust.Confirm(store.Caller);
        }

        await Console.Out.WriteLineAsync($"The clock is at {clock.UtcNow.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.").ConfigureAwait(false);
        foreach (HeldDestruction waiting in clock.Waiting)
        {
            string material = waiting.KeyMaterialId is null ? "" : $", key material {waiting.KeyMaterialId}";
            await Console.Out.WriteLineAsync($"{(isConfirmed ? "Destroyed" : "Waits")}: {waiting.KeyArn}{material}").ConfigureAwait(false);
        }

        return 0;
    }
}
