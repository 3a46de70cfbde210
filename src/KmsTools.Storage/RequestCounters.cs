using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>
/// Counters in a file that is mapped by all processes that use the store. A slot has two words: the hash of its name, 0 while it is free,
/// and the second together with the count within it, so that one compare-and-swap starts a new second. The file is created when something
/// is first counted.
/// </summary>
internal sealed class RequestCounters(StoreFolder folder) : IRequestCounters, IDisposable
{
    private const int Slots = 4096;
    private const int WordsPerSlot = 2;
    private const int CountBits = 24;
    private const long MaxCount = (1L << CountBits) - 1;

    private readonly Lock _opening = new();
    private readonly ConcurrentDictionary<string, int> _slots = new(StringComparer.Ordinal);
    private MemoryMappedViewAccessor? _view;
    private bool _isClosed;

    private delegate T CounterUse<out T>(ref long word);

    public bool TryCount(string name, long second, int requests, long limit) =>
        Use(name, (ref long word) => TryCount(ref word, second, requests, Math.Min(limit, MaxCount)));

    public long Read(string name, long second) => Use(name, (ref long word) =>
    {
        long seen = Volatile.Read(ref word);
        return seen >> CountBits == second ? seen & MaxCount : 0;
    });

    public void Dispose()
    {
        lock (_opening)
        {
            _isClosed = true;
            _view?.Dispose();
        }
    }

    private unsafe T Use<T>(string name, CounterUse<T> use)
    {
        MemoryMappedViewAccessor view = Open();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            long* words = (long*)start;
            if (!_slots.TryGetValue(name, out int slot))
            {
                slot = Claim(words, name);
                _slots[name] = slot;
            }

            return use(ref words[(slot * WordsPerSlot) + 1]);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static bool TryCount(ref long word, long second, int requests, long limit)
    {
        while (true)
        {
            long seen = Volatile.Read(ref word);
            long seenSecond = seen >> CountBits;

            // A thread that read the clock just before the second ended must not set the counter back.
            bool isPresent = seenSecond == second || seenSecond == second + 1;
            long count = (isPresent ? seen & MaxCount : 0) + requests;
            if (count > limit)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref word, ((isPresent ? seenSecond : second) << CountBits) | count, seen) == seen)
            {
                return true;
            }
        }
    }

    private static unsafe int Claim(long* words, string name)
    {
        long hash = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) | 1;
        int first = (int)((hash >> 1) & (Slots - 1));
        for (int i = 0; i < Slots; i++)
        {
            int slot = (first + i) & (Slots - 1);
            long owner = Interlocked.CompareExchange(ref words[slot * WordsPerSlot], hash, 0);
            if (owner == 0 || owner == hash)
            {
                return slot;
            }
        }

        // More names than a store has quotas and Regions: two names share a counter.
        return first;
    }

    private MemoryMappedViewAccessor Open()
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _view ??= Map();
        }
    }

    private MemoryMappedViewAccessor Map()
    {
        const long size = Slots * WordsPerSlot * sizeof(long);
        try
        {
            StoreFolder.CreateFile(folder.RequestsFile);
            using FileStream stream = new(folder.RequestsFile, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length < size)
            {
                stream.SetLength(size);
            }

            using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
                stream, null, size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            return file.CreateViewAccessor(0, size);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"Requests cannot be counted in '{folder.RequestsFile}': {exception.Message}", exception);
        }
    }
}
