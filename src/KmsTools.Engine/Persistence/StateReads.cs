namespace KmsTools.Persistence;

/// <summary>What a call has read of values that were known before it began.</summary>
/// <param name="Version">The version of the store at which they were known (<see cref="IStateStore.ReadKnownVersion"/>).</param>
/// <param name="Items">The items; <see cref="StateItem.Settings"/> and <see cref="StateItem.Everything"/> are always among them.</param>
public sealed record StateReads(long Version, IReadOnlyCollection<StateItem> Items);
