using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Auditing;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Stores;

/// <summary>
/// A store with many keys, an alias each, an event of the creation of each, and many events of use. One of the keys is real; the
/// others are like it in all but their material, which is random bytes: making a million real ones takes a call each.
/// </summary>
internal sealed class LargeStore : IDisposable
{
    /// <summary>The number of calls of <see cref="DescribeRandomKeys"/>.</summary>
    public const int KeysPerRound = 500;

    // More than stores remember: caches forget everything.
    private const int ForgottenCommits = 600;
    private const int RotationPeriod = 2560;
    private const int KeysPerTransaction = 20_000;

    // A database keeps each count of keys that a transaction has had until it ends, and looks at all of them for the next.
    private const int KeysPerTransactionOfDatabase = 500;

    // So many wait for the commit of those before them, which takes them all at once.
    private const int Appenders = 64;

    private readonly TemporaryStore _store;
    private readonly string[] _others;
    private readonly int _keysPerTransaction;
    private int _taken;

    /// <summary>Fills a store.</summary>
    /// <param name="keys">The number of keys.</param>
    /// <param name="events">The number of events of uses of them.</param>
    /// <param name="database">The connection string of a database for the store; null for a folder.</param>
    public LargeStore(int keys, int events, string? database = null)
    {
        _store = new TemporaryStore(database);
        _keysPerTransaction = database is null ? KeysPerTransaction : KeysPerTransactionOfDatabase;
        _others = [.. Enumerable.Range(0, keys - 1).Select(static _ => Guid.NewGuid().ToString("D"))];
        Engine = _store.OpenEngine(simulatedClock: true);
        using IStateStore state = _store.OpenStore();
        UsableKey = TemporaryStore.CreateKey(Engine, "alias/usable");
        FillKeys(state);
        FillEvents(state, events);
    }

    public KmsEngine Engine { get; private set; }

    /// <summary>The key that can be used.</summary>
    public string UsableKey { get; }

    public long FileSize => Directory.GetFiles(_store.Folder).Sum(static file => new FileInfo(file).Length);

    /// <summary>A key to delete. Not to be found by the other means any more.</summary>
    public string TakeKey() => _others[_taken++];

    /// <summary>Asks for random keys, none of which is cached.</summary>
    /// <returns>Microseconds per call.</returns>
    public double DescribeRandomKeys()
    {
        // After a change nothing that was read before counts any more.
        for (int i = 0; i < ForgottenCommits; i++)
        {
            using IStateTransaction transaction = Engine.Store.BeginTransaction();
            transaction.Commit();
        }

        DescribeKeyRequest[] requests =
            [.. Enumerable.Range(0, KeysPerRound).Select(_ => new DescribeKeyRequest { KeyId = RandomKey() })];
        return Rounds.Time(() => Array.ForEach(requests, request => Engine.Execute(request))) / requests.Length;
    }

    /// <summary>Closes the store, opens it again and asks for one key.</summary>
    public void Reopen(Action<Action> measure)
    {
        Engine.Dispose();
        measure(() =>
        {
            Engine = _store.OpenEngine();
            Engine.Execute(new DescribeKeyRequest { KeyId = UsableKey });
        });
    }

    public void Dispose()
    {
        Engine.Dispose();
        _store.Dispose();
    }

    private string RandomKey() => _others[Random.Shared.Next(_taken, _others.Length)];

    private void FillKeys(IStateStore state)
    {
        string region = state.Properties.Region;
        Key pattern;
        using (IStateReader reader = state.OpenReader())
        {
            pattern = reader.FindKey(region, UsableKey)!;
        }

        KeyMaterial material = pattern.CurrentMaterial!;
        AuditRecord creation = state.Events.Query(new EventQuery { EventName = "CreateKey", Last = 1 }).Single();
        byte[] wrapped = [.. material.Wrapped];
        int number = 0;
        foreach (string[] chunk in _others.Chunk(_keysPerTransaction))
        {
            using IStateTransaction transaction = state.BeginTransaction();
            foreach (string keyId in chunk)
            {
                RandomNumberGenerator.Fill(wrapped);
                transaction.InsertKey(pattern with
                {
                    KeyId = keyId,

                    // Something falls due for every key, long after the last measurement.
                    Rotation = new RotationSchedule(RotationPeriod, pattern.CreationDate.AddDays(RotationPeriod)),
                    Materials = [material with { KeyMaterialId = Convert.ToHexStringLower(
                        RandomNumberGenerator.GetBytes(32)), Wrapped = [.. wrapped] }],
                });
                transaction.InsertAlias(
                    new KeyAlias(region, $"alias/other-{number++:0000000}", keyId, pattern.CreationDate, pattern.CreationDate));
                transaction.Append(Retell(creation, pattern.KeyId, keyId));
            }

            transaction.Commit();
        }
    }

    private void FillEvents(IStateStore state, int events)
    {
        Engine.Execute(new EncryptRequest { KeyId = UsableKey, Plaintext = new byte[32] });
        AuditRecord use = state.Events.Query(new EventQuery { EventName = "Encrypt", Last = 1 }).Single();
        int appended = 0;
        Thread[] appenders = [.. Enumerable.Range(0, Appenders).Select(_ => new Thread(() =>
        {
            while (Interlocked.Increment(ref appended) <= events)
            {
                state.Events.Append(Retell(use, UsableKey, RandomKey()));
            }
        }))];
        Array.ForEach(appenders, static thread => thread.Start());
        Array.ForEach(appenders, static thread => thread.Join());
    }

    // The same event of another key. Key IDs are equally long.
    private static AuditRecord Retell(AuditRecord record, string keyId, string otherKeyId)
    {
        string eventId = Guid.NewGuid().ToString("D");
        byte[] json = record.Json.ToArray();
        Replace(json, keyId, otherKeyId);
        Replace(json, record.EventId, eventId);
        return record with { EventId = eventId, KeyId = otherKeyId, Json = json };
    }

    private static void Replace(Span<byte> json, string old, string with)
    {
        Span<byte> oldBytes = stackalloc byte[36];
        Span<byte> newBytes = stackalloc byte[36];
        Encoding.ASCII.GetBytes(old, oldBytes);
        Encoding.ASCII.GetBytes(with, newBytes);
        for (int at = json.IndexOf(oldBytes); at >= 0; at = json.IndexOf(oldBytes))
        {
            newBytes.CopyTo(json[at..]);
        }
    }
}
