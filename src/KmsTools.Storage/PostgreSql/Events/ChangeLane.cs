using KmsTools.Cryptography;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// The segment to which this process appends the events of changes, in their transactions: of all processes, one at a time has a transaction.
/// Used by one thread at a time.
/// </summary>
/// <param name="catalogue">Where segments come from.</param>
/// <param name="settings">When a segment is complete.</param>
/// <param name="mac">Authenticates the catalogue.</param>
/// <param name="completed">Called when a segment is complete.</param>
internal sealed class ChangeLane(SegmentCatalogue catalogue, SegmentSettings settings, RowMac mac, Action completed)
{
    // No other process takes a segment before it has been left alone for much longer.
    private const long FreshMilliseconds = 60_000;

    private readonly RowAuthenticator _rows = new(mac);
    private StateConnection? _connection;
    private ChangeStatements? _statements;

    // Null when it is not known how it is.
    private SegmentRow? _segment;

    /// <summary>Saves events in the transaction of a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="frames">Records whose hashes are missing.</param>
    /// <returns>The segment then, if the transaction commits.</returns>
    public SegmentRow Save(StateConnection connection, IReadOnlyList<byte[]> frames)
    {
        SegmentRow before = Ready();
        ChainedEvent[] events = before.Chain(frames);
        SegmentRow after = before.With(events, catalogue.Now);
        if (_connection != connection)
        {
            _connection = connection;
            _statements = new ChangeStatements(connection.Database);
        }

        // Until the transaction has committed.
        _segment = null;
        _statements!.Save(before, after, after.Mac(_rows), events);
        return after;
    }

    /// <summary>The transaction has committed.</summary>
    /// <param name="segment">What <see cref="Save"/> has returned.</param>
    public void Committed(SegmentRow segment)
    {
        _segment = segment;
        settings.Follow();
    }

    private SegmentRow Ready()
    {
        if (_segment is { } segment)
        {
            if (!settings.IsFull(segment))
            {
                if (catalogue.Now - segment.Moved < FreshMilliseconds)
                {
                    return segment;
                }
            }
            else if (catalogue.TrySeal(segment))
            {
                completed();
            }
        }

        return _segment = catalogue.Take(SegmentRow.ChangeLane, settings.MaxSize);
    }
}
