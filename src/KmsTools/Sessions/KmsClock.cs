namespace KmsTools;

/// <summary>The clock of a store.</summary>
/// <param name="UtcNow">The time now (UTC).</param>
/// <param name="IsSimulated">Whether it stands still until Step-KmsClock moves it.</param>
public sealed record KmsClock(DateTime UtcNow, bool IsSimulated);

/// <summary>The result of Invoke-KmsMaintenance.</summary>
/// <param name="DueItemsDone">The number of deletions, expirations and rotations that were due and have been processed.</param>
/// <param name="StrayMaterialRemoved">The number of key materials without a key that were removed from HSMs.</param>
/// <param name="StrayMaterialLeft">The number of those that remain until their HSMs are connected.</param>
public sealed record KmsMaintenanceResult(int DueItemsDone, int StrayMaterialRemoved, int StrayMaterialLeft);
