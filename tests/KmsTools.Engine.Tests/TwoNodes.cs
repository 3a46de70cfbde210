using KmsTools.BouncyCastle;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools;

/// <summary>Two engines on one store: a node of a shared store, and one that changes things behind its back.</summary>
public sealed class TwoNodes : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
    private readonly IHsmProvider? _hsms;
    private readonly TimeProvider? _clock;

    /// <summary>Opens a store twice.</summary>
    /// <param name="clock">The real clock of both nodes.</param>
    /// <param name="simulated">Whether the store has a simulated clock.</param>
    /// <param name="hsms">Reaches HSMs; null for none.</param>
    public TwoNodes(TimeProvider? clock = null, bool simulated = true, IHsmProvider? hsms = null)
    {
        _clock = clock;
        _hsms = hsms;
        There = Engine(Open(simulated));
        if (simulated)
        {
            There.StepClock(KmsFixture.Start);
        }

        Store = new SharedStore(Open(simulated));
        Here = Engine(Store);

        // The first call of a node looks around.
        Here.Execute(new GenerateRandomRequest { NumberOfBytes = 1 });
        Store.Attempts.Clear();
    }

    /// <summary>The node of a shared store.</summary>
    public KmsEngine Here { get; }

    /// <summary>The other one.</summary>
    public KmsEngine There { get; }

    /// <summary>The store of <see cref="Here"/>.</summary>
    public SharedStore Store { get; }

    /// <summary>Whether each attempt of a call that went by what the node knew was recorded, since the last time.</summary>
    public bool[] TakeAttempts()
    {
        bool[] attempts = [.. Store.Attempts.Select(static attempt => attempt.IsRecorded)];
        Store.Attempts.Clear();
        return attempts;
    }

    /// <summary>The events of a name, as the other node reads them: error codes, or empty ones.</summary>
    public string[] Events(string name) =>
        [.. There.FindEvents(new EventQuery { EventName = name }).Select(static each => each.ErrorCode ?? "")];

    public void Dispose()
    {
        Here.Dispose();
        There.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IStateStore Open(bool simulated) =>
        new StoreFactory().Open(new StateStoreOptions { Folder = _folder, SimulatedClock = simulated });

    private KmsEngine Engine(IStateStore store) => new(
        store, () => _hsms ?? throw new NotSupportedException(), static () => new BouncyCastleSignatures(), _clock);
}
