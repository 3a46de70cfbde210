using System.Globalization;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Hands new generations over in the database of a shared store that is not sealed: each is wrapped by the one before, until nothing is
/// wrapped by that any more and all machines that are up have taken it. The number of a generation is taken as soon as its row is there.
/// </summary>
/// <param name="database">The rows.</param>
/// <param name="node">This machine, of those that are up.</param>
internal sealed class RootKeyHandover(IRootKeyDatabase database, string node) : IRootKeyHandover
{
    // The newest generation of this machine that the database knows. Used under the lock of the keeper.
    private int _known;

    public int ReadNewest() => database.Run(static rows => rows.ReadNewestOffer());

    public void Offer(RootKeyGeneration next, RootKey rootKey)
    {
        string context = ContextOf(next.Number);
        byte[] wrapped = [];
        next.Use(bytes => wrapped = rootKey.Wrap(bytes, context));
        database.Run(rows =>
        {
            rows.Offer(new OfferedGeneration(next.Number, wrapped));
            return true;
        });
    }

    public RootKeyGeneration? TakeNext(RootKey rootKey)
    {
        // In this order: what is offered once this machine is known to be up stays until it has taken it. Not each time: one that cannot take
        // it must not keep it there.
        int newest = rootKey.Held[^1];
        if (newest > _known)
        {
            Sign(newest);
        }

        foreach (OfferedGeneration offered in database.Run(static rows => rows.ListOffers()))
        {
            // Asked first: what is not held would be looked for here.
            if (!rootKey.Holds(offered.Number) && rootKey.Holds(RootKey.GenerationOf(offered.Wrapped))
                && Take(offered, rootKey) is { } taken)
            {
                return taken;
            }
        }

        return null;
    }

    public void End(RootKey rootKey)
    {
        Sign(rootKey.Held[^1]);
        database.Run(static rows =>
        {
            rows.EndOffers();
            return true;
        });
    }

    private void Sign(int newest)
    {
        database.Run(rows =>
        {
            rows.PutNode(node, newest);
            return true;
        });
        _known = newest;
    }

    private RootKeyGeneration? Take(OfferedGeneration offered, RootKey rootKey)
    {
        try
        {
            using Secret key = rootKey.Unwrap(offered.Wrapped, ContextOf(offered.Number));
            return key.Use(bytes => new RootKeyGeneration(offered.Number, bytes));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            // Of another store, or damaged: it is as if it were not there.
            return null;
        }
    }

    private string ContextOf(int number)
    {
        string? store = database.Run(static rows => rows.ReadInstallationId());
        return string.Create(CultureInfo.InvariantCulture, $"root key generation {number} of {store}");
    }
}
