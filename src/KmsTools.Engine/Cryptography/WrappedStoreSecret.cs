using System.Collections.Immutable;

namespace KmsTools.Cryptography;

/// <summary>One of the secrets of a store (<see cref="StoreSecrets"/>), as the store keeps it.</summary>
/// <param name="Name">Which one, such as <c>tokens</c>.</param>
/// <param name="Wrapped">Its bytes, wrapped under the root key.</param>
public sealed record WrappedStoreSecret(string Name, ImmutableArray<byte> Wrapped);
