using System.Collections.Immutable;

namespace KmsTools.Operations;

/// <summary>A page of a listing.</summary>
/// <param name="Items">What the page shows.</param>
/// <param name="NextMarker">Where the next page begins; null on the last one.</param>
internal sealed record Page<T>(ImmutableArray<T> Items, string? NextMarker)
{
    /// <summary>Makes the page from what was found where it begins.</summary>
    /// <param name="operation">The listing.</param>
    /// <param name="found">At least one item more than the page holds, if there are more.</param>
    /// <param name="limit">How many items the page holds.</param>
    /// <param name="position">What the marker says of an item.</param>
    public static Page<T> Of(string operation, ImmutableArray<T> found, int limit, Func<T, string> position) => found.Length <= limit
        ? new Page<T>(found, null)
        : new Page<T>(found[..limit], Marker.After(operation, position(found[limit - 1])));
}
