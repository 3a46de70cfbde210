using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>Refuses options of a new store that the existing one was created without.</summary>
internal static class FixedOptions
{
    /// <summary>Compares the options that are given.</summary>
    /// <exception cref="StateStoreException">One is another than that of the store.</exception>
    public static void Require(StoreFolder folder, StateStoreProperties stored, StateStoreOptions options)
    {
        if (options.AccountId is { } accountId && accountId != stored.AccountId)
        {
            throw Disagreement(folder, $"is of account {stored.AccountId}, not {accountId}");
        }

        if (options.Region is { } region && region != stored.Region)
        {
            throw Disagreement(folder, $"is of Region {stored.Region}, not {region}");
        }

        if (options.AwsManagedKeyRotationPeriodInDays is int period && period != stored.AwsManagedKeyRotationPeriodInDays)
        {
            throw Disagreement(folder, $"rotates AWS managed keys every {stored.AwsManagedKeyRotationPeriodInDays} days, not {period}");
        }

        if (options.SimulatedClock is bool simulated && simulated != stored.IsSimulatedClock)
        {
            throw Disagreement(
                folder,
                stored.IsSimulatedClock ? "has a simulated clock, not the real one" : "has the real clock, not a simulated one");
        }
    }

    private static StateStoreException Disagreement(StoreFolder folder, string what) => new(
        $"The store '{folder.Path}' {what}. This is fixed when a store is created. Leave the option out, or choose another folder.");
}
