using System.Globalization;
using System.Text;
using KmsTools.Files;
using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// The newest commit that processes of this machine have seen, in a file of its local folder: a process that opens the store after a failover
/// notices by it that answered changes are lost. It is written a moment after a commit, at most every few seconds, and when the store is
/// closed. Nobody waits for it, and where it cannot be written, only processes that stay up notice.
/// </summary>
internal sealed class SeenCommit : IDisposable
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "seen-commit";

    private const int MillisecondsBetween = 3000;
    private const int MaxLength = 300;

    private readonly string _path;
    private readonly string _store;
    private readonly Func<CommitMark?> _newest;
    private readonly Timer _timer;
    private readonly Lock _writing = new();

    // Guarded by the lock. What was newest when the loss of newer ones was accepted; null once that is in the file, or when nothing was lost.
    private CommitMark? _acceptedAt;
    private CommitMark _written;
    private bool _isClosed;
    private volatile bool _isAccepted;

    /// <summary>Begins to write.</summary>
    /// <param name="folder">The local folder.</param>
    /// <param name="store">Names the store and its database.</param>
    /// <param name="seen">What the file has; null if it has none.</param>
    /// <param name="acceptedAt">The newest commit there is, if what was seen is lost and that was accepted; otherwise null.</param>
    /// <param name="newest">The newest commit that is known; null for nothing to be written.</param>
    public SeenCommit(string folder, string store, CommitMark? seen, CommitMark? acceptedAt, Func<CommitMark?> newest)
    {
        _path = Path.Combine(folder, FileName);
        _store = store;
        _written = seen ?? default;
        _acceptedAt = acceptedAt;
        _isAccepted = acceptedAt is not null;
        _newest = newest;
        _timer = new Timer(_ => Write(), null, MillisecondsBetween, MillisecondsBetween);
    }

    /// <summary>What processes of this machine have seen.</summary>
    /// <param name="folder">The local folder.</param>
    /// <param name="store">Names the store and its database. What was seen of another one does not matter.</param>
    /// <returns>Null if nothing is known.</returns>
    public static CommitMark? Read(string folder, string store)
    {
        try
        {
            string path = Path.Combine(folder, FileName);
            return File.Exists(path) && new FileInfo(path).Length <= MaxLength
                && File.ReadAllText(path, Encoding.ASCII).TrimEnd('\n').Split(' ') is [.. var named, var number, var nonce]
                && string.Join(' ', named) == store
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long parsedNumber)
                && long.TryParse(nonce, NumberStyles.None, CultureInfo.InvariantCulture, out long parsedNonce)
                ? new CommitMark(parsedNumber, parsedNonce)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What a database has lost of what was seen; null if nothing is missing.</summary>
    /// <param name="seen">The newest commit that was seen, before the rows are read; null for none.</param>
    /// <param name="rows">The commits.</param>
    public static LostChanges? FindLost(CommitMark? seen, CommitRows rows)
    {
        if (seen is not { Number: > 0 } mark)
        {
            return null;
        }

        long newest = rows.ReadNewest().Number;
        return newest < mark.Number || (rows.FindNonce(mark.Number) is { } nonce && nonce != mark.Nonce)
            ? PostgreSqlVersion.LostSince(mark, newest)
            : null;
    }

    /// <summary>A transaction has ended. The first commit after a loss that was accepted makes that permanent, for other processes too.</summary>
    public void EndWrite()
    {
        if (_isAccepted)
        {
            Write();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Write();
        lock (_writing)
        {
            _isClosed = true;
        }
    }

    private void Write()
    {
        lock (_writing)
        {
            if (_isClosed || _newest() is not { } mark || mark == (_acceptedAt ?? _written))
            {
                return;
            }

            try
            {
                // Another process of this machine may have seen more.
                if (_acceptedAt is not null || Read(Path.GetDirectoryName(_path)!, _store) is not { } there || there.Number <= mark.Number)
                {
                    using PendingFile file = new(_path);
                    file.Stream.Write(Encoding.ASCII.GetBytes(
                        string.Create(CultureInfo.InvariantCulture, $"{_store} {mark.Number} {mark.Nonce}\n")));
                    file.TryComplete(overwrite: true);
                }

                _written = mark;
                _acceptedAt = null;
                _isAccepted = false;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next time.
            }
        }
    }
}
