using System.Collections.Immutable;

namespace KmsTools.Operations;

/// <summary>A request that is answered in pages.</summary>
internal interface IPagedRequest
{
    /// <summary>Maximum number of items in one response; null for the default of the operation.</summary>
    int? Limit { get; }

    /// <summary>NextMarker of the previous response; null for the first page.</summary>
    string? Marker { get; }
}

/// <summary>A page of a listing.</summary>
/// <param name="Items">The items on the page.</param>
/// <param name="NextMarker">Where the next page begins; null on the last one.</param>
internal sealed record Page<T>(ImmutableArray<T> Items, string? NextMarker)
{
    /// <summary>Whether there are more items.</summary>
    public bool Truncated => NextMarker is not null;
}

/// <summary>An operation that lists something in pages.</summary>
/// <param name="defaultLimit">The number of items on a page when the request does not specify it.</param>
/// <param name="maxLimit">The maximum number of items on a page, even when more are requested.</param>
internal abstract class PagedOperation<TRequest, TResponse, TItem>(int defaultLimit, int maxLimit) : Operation<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>, IPagedRequest
    where TResponse : class
{
    public sealed override bool ReadOnly => true;

    // The keys that it lists may have due what this node does not know yet.
    internal sealed override bool GoesByKnownState => false;

    protected internal sealed override TResponse Handle(TRequest request, OperationContext context)
    {
        int limit = Math.Min(request.Limit ?? defaultLimit, maxLimit);
        ImmutableArray<TItem> found = Find(request, context, limit + 1);
        Page<TItem> page = found.Length <= limit
            ? new Page<TItem>(found, null)
            : new Page<TItem>(found[..limit], Marker.After(Name, Position(found[limit - 1])));
        return Answer(page, context);
    }

    /// <summary>Finds the items that follow the marker of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="context">The call.</param>
    /// <param name="count">The number of items that suffices: one more than the page holds.</param>
    protected abstract ImmutableArray<TItem> Find(TRequest request, OperationContext context, int count);

    /// <summary>What the marker after an item contains: what distinguishes the item from the others of the listing.</summary>
    protected abstract string Position(TItem item);

    /// <summary>Creates the response for a page.</summary>
    protected abstract TResponse Answer(Page<TItem> page, OperationContext context);

    /// <summary>The position to continue after; null for the first page.</summary>
    /// <exception cref="KmsException">InvalidMarkerException: the marker is not from this listing.</exception>
    protected string? After(TRequest request) => Marker.Read(Name, request.Marker);

    /// <summary>
    /// The items that follow the marker of a request in a complete list. For lists that lose no item that a marker can name: others
    /// must continue after the item, whether or not it still exists.
    /// </summary>
    /// <exception cref="KmsException">InvalidMarkerException: not a marker of this listing, or its item no longer exists.</exception>
    protected ImmutableArray<TItem> Rest(TRequest request, ImmutableArray<TItem> all)
    {
        if (After(request) is not { } after)
        {
            return all;
        }

        for (int i = 0; i < all.Length; i++)
        {
            if (Position(all[i]) == after)
            {
                return all[(i + 1)..];
            }
        }

        throw KmsErrors.InvalidMarker();
    }
}
