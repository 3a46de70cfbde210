using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Keys;

/// <summary>
/// What lists of keys sort and filter by, in memory, by Region. Built when a page first needs it; as long as pages come, it also follows the
/// store between them, because the store keeps only its newest commits.
/// </summary>
internal sealed class KeyIndex : IDisposable
{
    private const int MaxRegions = 64;

    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idleLimit = TimeSpan.FromMinutes(30);

    private readonly KmsEngine _engine;
    private readonly ConcurrentDictionary<string, RegionKeys> _regions = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<SignIn, ConcurrentDictionary<string, KeyAccess>> _access = new();
    private readonly Timer _timer;
    private int _isFollowing;

    /// <summary>Creates the index; nothing is read yet.</summary>
    public KeyIndex(KmsEngine engine)
    {
        _engine = engine;
        _timer = new Timer(static index => ((KeyIndex)index!).Follow(), this, s_pace, s_pace);
    }

    /// <summary>The keys of a Region as they are now. The caller has been allowed to list them.</summary>
    public KeyList Read(string region)
    {
        if (_regions.Count >= MaxRegions && !_regions.ContainsKey(region))
        {
            // Every name is that of a Region: somebody is making them up.
            _regions.Clear();
        }

        return _regions.GetOrAdd(region, static (name, engine) => new RegionKeys(engine, name), _engine).Read();
    }

    /// <summary>What the principal of a session may describe, as far as it is known.</summary>
    /// <param name="signIn">The session.</param>
    /// <param name="caller">The caller of its calls, in the Region of the list.</param>
    /// <param name="list">The keys that it is asked about.</param>
    public KeyAccess AccessOf(SignIn signIn, Caller caller, KeyList list)
    {
        ConcurrentDictionary<string, KeyAccess> ofSession = _access.GetValue(signIn, static _ => new(StringComparer.Ordinal));
        string region = caller.Region!.Value;
        if (ofSession.Count >= MaxRegions)
        {
            ofSession.Clear();
        }

        return ofSession.AddOrUpdate(
            region,
            _ => New(caller, list),
            (_, former) => former.IsGood(caller, list) ? former : New(caller, list));
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private KeyAccess New(Caller caller, KeyList list) => new(_engine, caller, list.Settings);

    private void Follow()
    {
        if (Interlocked.Exchange(ref _isFollowing, 1) != 0)
        {
            return;
        }

        try
        {
            foreach ((string region, RegionKeys keys) in _regions)
            {
                if (Environment.TickCount64 - keys.LastRead > s_idleLimit.TotalMilliseconds)
                {
                    _regions.TryRemove(region, out _);
                }
                else
                {
                    keys.Refresh();
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The store cannot be read now. A page says so when it needs it.
        }
        finally
        {
            Interlocked.Exchange(ref _isFollowing, 0);
        }
    }
}
