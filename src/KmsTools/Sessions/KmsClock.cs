namespace KmsTools;

/// <summary>The clock of a store.</summary>
/// <param name="UtcNow">The time now (UTC).</param>
/// <param name="IsSimulated">Whether it stands still until Step-KmsClock moves it.</param>
public sealed record KmsClock(DateTime UtcNow, bool IsSimulated);

/// <summary>What Invoke-KmsMaintenance did.</summary>
/// <param name="DueItemsDone">How many deletions, expiries and rotations had fallen due.</param>
/// <param name="StrayMaterialRemoved">How much key material that no key owns was removed from HSMs.</param>
/// <param name="StrayMaterialLeft">How much of it waits for its HSMs to be connected.</param>
public sealed record KmsMaintenanceResult(int DueItemsDone, int StrayMaterialRemoved, int StrayMaterialLeft);
