using KmsTools.Identifiers;

namespace KmsTools.Persistence;

/// <summary>What is fixed when a store is created.</summary>
/// <param name="InstallationId">Random UUID of this store.</param>
/// <param name="AccountId">The account.</param>
/// <param name="Region">The default Region.</param>
/// <param name="IsSimulatedClock">Whether the clock stands still until it is moved.</param>
/// <param name="CreationDate">When the store was created (UTC). Usage of keys is tracked from then on.</param>
/// <param name="AwsManagedKeyRotationPeriodInDays">How often AWS managed keys rotate.</param>
public sealed record StateStoreProperties(
    string InstallationId,
    AccountId AccountId,
    RegionName Region,
    bool IsSimulatedClock,
    DateTimeOffset CreationDate,
    int AwsManagedKeyRotationPeriodInDays = StateStoreProperties.DefaultAwsManagedKeyRotationPeriodInDays)
{
    /// <summary>Three years, the required period. AWS rotates its managed keys every 365 days since May 2022.</summary>
    public const int DefaultAwsManagedKeyRotationPeriodInDays = 1095;

    /// <summary>The account of a store when none is given: 111122223333.</summary>
    public static AccountId DefaultAccountId { get; } = AccountId.Parse("111122223333");

    /// <summary>The Region of a store when none is given: us-east-1.</summary>
    public static RegionName DefaultRegion { get; } = RegionName.Parse("us-east-1");
}
