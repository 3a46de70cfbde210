using System.CommandLine;
using System.Globalization;

namespace KmsTools.Endpoint.Commands;

/// <summary>Moves the simulated clock of an existing store.</summary>
internal sealed class StepClockCommand : Command
{
    private const int MaxDays = 36500;

    private readonly StoreOptions _stores;

    private readonly Option<double> _days = CommandLineOption.Create<double>(
        "--days",
        "n",
        $"How far: more than 0, at most {MaxDays}. Fractions such as 0.5 are allowed.",
        static (text, out days) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out days)
            && days is > 0 and <= MaxDays,
        static text => $"'{text}' is not a valid number of days. Give a number above 0, up to {MaxDays}.");

    public StepClockCommand(StoreOptions stores)
        : base("step-clock", "Moves the simulated clock of a store forward, also while the store is served. --store names the folder of a "
            + "temporary store too.")
    {
        _stores = stores;
        _days.Required = true;
        stores.AddTo(this, _days);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        using OpenedStore store = OpenedStore.Open(_stores.ReadExisting(line), _stores.ReadCredentials(line));
        store.Engine.StepClock(store.Engine.UtcNow.AddDays(line.GetRequiredValue(_days)), store.Caller);
        await Console.Out.WriteLineAsync(
            $"The clock is at {store.Engine.UtcNow.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.").ConfigureAwait(false);
        return 0;
    }
}
