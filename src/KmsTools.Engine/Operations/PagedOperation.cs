using System.Collections.Immutable;

namespace KmsTools.Operations;

/// <summary>A request that is answered in pages.</summary>
internal interface IPagedRequest
{
    /// <summary>Most items in one response; null for as many as the operation gives by itself.</summary>
    int? Limit { get; }

    /// <summary>NextMarker of the response before; null for the first page.</summary>
    string? Marker { get; }
}

/// <summary>A page of a listing.</summary>
/// <param name="Items">What the page shows.</param>
/// <param name="NextMarker">Where the next page begins; null on the last one.</param>
internal sealed record Page<T>(ImmutableArray<T> Items, string? NextMarker)
{
    /// <summary>Whether there are more.</summary>
    public bool Truncated => NextMarker is not null;
}

/// <summary>An operation that lists something in pages.</summary>
/// <param name="defaultLimit">How many items a page has when the request does not say.</param>
/// <param name="maxLimit">The service gives at most this many, even where more are asked for.</param>
internal abstract class PagedOperation<TRequest, TResponse, TItem>(int defaultLimit, int maxLimit) : Operation<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>, IPagedRequest
    where TResponse : class
{
    public sealed override bool ReadOnly => true;

    protected internal sealed override TResponse Handle(TRequest request, OperationContext context)
    {
        int limit = Math.Min(request.Limit ?? defaultLimit, maxLimit);
        ImmutableArray<TItem> found = Find(request, context, limit + 1);
        Page<TItem> page = found.Length <= limit
            ? new Page<TItem>(found, null)
            : new Page<TItem>(found[..limit], Marker.After(Name, Position(found[limit - 1])));
        return Answer(page, context);
    }

    /// <summary>Finds what follows the marker of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="context">The call.</param>
    /// <param name="count">How many items suffice: one more than the page holds.</param>
    protected abstract ImmutableArray<TItem> Find(TRequest request, OperationContext context, int count);

    /// <summary>What the marker after an item says of it: what tells it from the others of the listing.</summary>
    protected abstract string Position(TItem item);

    /// <summary>Makes the response of a page.</summary>
    protected abstract TResponse Answer(Page<TItem> page, OperationContext context);

    /// <summary>The position to go on after; null for the first page.</summary>
    /// <exception cref="KmsException">InvalidMarkerException: this listing did not make the marker.</exception>
    protected string? After(TRequest request) => Marker.Read(Name, request.Marker);

    /// <summary>
    /// What follows the marker of a request in a list that is at hand as a whole. For lists that lose no item that a marker can name:
    /// others
    /// must go on behind the item, whether or not it is still there.
    /// </summary>
    /// <exception cref="KmsException">InvalidMarkerException: this listing did not make the marker, or its item is gone.</exception>
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
