namespace KmsTools;

/// <summary>What was done to prepare a database for a store that several machines share.</summary>
/// <param name="Location">The database, without anything secret.</param>
/// <param name="FormerVersion">The version of its schema before; null if it had none.</param>
/// <param name="Version">The version of its schema now.</param>
/// <param name="Role">The role that was given the rights to use the store; null for none.</param>
public sealed record DatabaseInitialization(string Location, int? FormerVersion, int Version, string? Role);
