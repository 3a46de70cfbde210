using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>Refuses options of a new store that the existing one was created without.</summary>
internal static class FixedOptions
{
    /// <summary>Compares the options that are given.</summary>
    /// <exception cref="StateStoreException">One is another than that of the store.</exception>
    public static void Require(string location, StateStoreProperties stored, StateStoreOptions options)
    {
        if (options.AccountId is { } accountId && accountId != stored.AccountId)
        {
            throw Disagreement(location, $"is of account {stored.AccountId}, not {accountId}");
        }

        if (options.Region is { } region && region != stored.Region)
        {
            throw Disagreement(location, $"is of Region {stored.Region}, not {region}");
        }

        if (options.AwsManagedKeyRotationPeriodInDays is int period && period != stored.AwsManagedKeyRotationPeriodInDays)
        {
            throw Disagreement(location, $"rotates AWS managed keys every {stored.AwsManagedKeyRotationPeriodInDays} days, not {period}");
        }

        if (options.SimulatedClock is bool simulated && simulated != stored.IsSimulatedClock)
        {
            throw Disagreement(
                location,
                stored.IsSimulatedClock ? "has a simulated clock, not the real one" : "has the real clock, not a simulated one");
        }
    }

    private static StateStoreException Disagreement(string location, string what) => new(
        $"The store '{location}' {what}. This is fixed when a store is created. Leave the option out, or choose another place.");
}
