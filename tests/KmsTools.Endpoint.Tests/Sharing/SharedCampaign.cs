using System.Collections.Concurrent;
using System.Diagnostics;

namespace KmsTools.Endpoint.Sharing;

/// <summary>
/// Workers on all nodes of a store that make mixed calls, and what they were answered: compared at the end with what the store and its
/// events say.
/// </summary>
internal sealed class SharedCampaign(SharedStoreLab lab, int seed)
{
    // A call is answered within this time whatever happens, and on a busy machine somewhat later.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(5 + 3);

    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentQueue<string> _doomed = new();
    private readonly List<SharedRegister> _registers = [];
    private int _calls;
    private int _failures;
    private int _nameless;
    private volatile bool _ends;

    /// <summary>Whether calls may fail now, because something was killed: only as what fails then does.</summary>
    public bool MayFail { get; set; }

    public int Calls => _calls;

    /// <summary>How many calls failed that were allowed to.</summary>
    public int Failures => _failures;

    /// <summary>Works for a time, or until something else has ended.</summary>
    public async Task RunAsync(Func<Task> meanwhile)
    {
        List<(SharedNode Node, SharedRegister[] Own)> workers = [];
        foreach (SharedNode node in lab.Nodes)
        {
            for (int i = 0; i < node.Concurrency; i++)
            {
                string name = $"{node.Name.Replace(' ', '-')}-{i}";
                SharedRegister[] own = [new DescriptionRegister(name), new EnabledRegister(name), new AliasRegister(name)];
                foreach (SharedRegister register in own)
                {
                    await register.CreateAsync(node);
                }

                workers.Add((node, own));
                _registers.AddRange(own);
            }
        }

        Task[] all = [.. workers.Select((worker, index) => Task.Run(() => WorkAsync(worker.Node, worker.Own, new Random(seed + index))))];
        try
        {
            await meanwhile();
        }
        finally
        {
            _ends = true;
            await Task.WhenAll(all);
        }
    }

    /// <summary>Waits until no call has failed for a second on any node, while all of them work: half a minute at most.</summary>
    public async Task WaitUntilAllAnswerAsync()
    {
        Stopwatch waited = Stopwatch.StartNew();
        Stopwatch quiet = Stopwatch.StartNew();
        int failures = -1;
        int calls = 0;
        while (quiet.Elapsed < TimeSpan.FromSeconds(1) || _calls < calls + (2 * lab.Nodes.Sum(static node => node.Concurrency)))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "Calls still fail.");
            if (failures != _failures)
            {
                (failures, calls) = (_failures, _calls);
                quiet.Restart();
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Everything that is not as it was answered.</summary>
    public async Task<IReadOnlyList<string>> FindViolationsAsync()
    {
        foreach (SharedNode node in lab.Nodes)
        {
            foreach (SharedRegister register in _registers)
            {
                Note(await register.ReadAsync(node), node, TimeSpan.Zero, mayFail: false);
            }
        }

        List<string> found = [.. _violations, .. _registers.SelectMany(static register => register.FindViolations())];
        (Dictionary<string, int> recorded, int calls) = lab.CountEvents();
        found.AddRange(_requests.Where(request => recorded.GetValueOrDefault(request) != 1)
            .Select(request => $"Request {request} was answered, and has {recorded.GetValueOrDefault(request)} events."));
        if (calls < _requests.Count + _nameless)
        {
            found.Add($"{_requests.Count + _nameless} calls were answered, and {calls} have an event.");
        }

        if (_registers.Sum(static register => register.Counts.Writes) == 0)
        {
            found.Add("Nothing was changed.");
        }

        return found;
    }

    private async Task WorkAsync(SharedNode node, SharedRegister[] own, Random random)
    {
        while (!_ends)
        {
            bool mayFail = MayFail;
            long begun = Stopwatch.GetTimestamp();
            SharedAnswer answer = random.Next(10) switch
            {
                < 3 => await own[random.Next(own.Length)].WriteAsync(node),
                < 9 => await _registers[random.Next(_registers.Count)].ReadAsync(node),
                _ when _doomed.TryDequeue(out string? keyId) => await node.ScheduleDeletionAsync(keyId),
                _ => await DoomAsync(node),
            };
            Note(answer, node, Stopwatch.GetElapsedTime(begun), mayFail || MayFail);
            if (answer.Error == SharedAnswer.Unreachable)
            {
                await Task.Delay(20);
            }
        }
    }

    // A key that another node may schedule for deletion as soon as this one was told of it.
    private async Task<SharedAnswer> DoomAsync(SharedNode node)
    {
        SharedAnswer made = await node.CreateKeyAsync();
        if (made.Value is { } keyId)
        {
            _doomed.Enqueue(keyId);
        }

        return made;
    }

    private void Note(SharedAnswer answer, SharedNode node, TimeSpan duration, bool mayFail)
    {
        Interlocked.Increment(ref _calls);
        if (duration > MaxDuration)
        {
            _violations.Enqueue($"{node.Name} took {duration.TotalSeconds:0.0} s.");
        }

        if (answer.Error is not null)
        {
            Interlocked.Increment(ref _failures);
            // The last is what a session says that has to open the store again.
            if (!mayFail || answer.Error is not ("KMSInternalException" or SharedAnswer.Unreachable or "DatabaseAway"))
            {
                _violations.Enqueue($"{node.Name}{(mayFail ? " while it may fail" : "")}: {answer.Error}: {answer.Message}");
            }
        }
        else if (answer.RequestId is { } request)
        {
            _requests.Enqueue(request);
        }
        else
        {
            Interlocked.Increment(ref _nameless);
        }
    }
}
