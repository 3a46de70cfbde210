using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools;

/// <summary>Real HSMs; what is asked of them is written down, and a test can do something at the moment of it.</summary>
public sealed class WatchedHsms(IHsmProvider hsms) : IHsmProvider
{
    // By what a test does in place of the HSMs.
    private readonly ConcurrentQueue<string> _refused = new();
    private int _open;
    private int _abandoned;

    /// <summary>The PINs that were offered, with the tokens they were offered to.</summary>
    public ConcurrentQueue<(string Tokens, string Pin)> Offers { get; } = new();

    /// <summary>Called before a connect.</summary>
    public Action? BeforeConnect { get; set; }

    /// <summary>Called before a PIN is changed.</summary>
    public Action? BeforeChangePin { get; set; }

    /// <summary>Called after a PIN was changed.</summary>
    public Action? AfterChangePin { get; set; }

    /// <summary>Called in the middle of calls that use a connection, before the HSMs are asked.</summary>
    public Action? BeforeUse { get; set; }

    /// <summary>How many connections are open.</summary>
    public int Open => _open;

    /// <summary>How many connections were closed under calls that used them.</summary>
    public int Abandoned => _abandoned;

    /// <summary>Changes what is seen of tokens.</summary>
    public Func<HsmStatus, HsmStatus>? Seen { get; set; }

    public HsmUri ParseUri(string uri) => hsms.ParseUri(uri);

    public ImmutableArray<HsmStatus> Find(string library, IReadOnlyList<TokenSelector> tokens) =>
        [.. hsms.Find(library, tokens).Select(status => Seen?.Invoke(status) ?? status)];

    public ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<HsmToken> tokens) =>
        [.. hsms.Inspect(library, tokens).Select(status => Seen?.Invoke(status) ?? status)];

    public ImmutableArray<HsmStatus> ListTokens(string library) => hsms.ListTokens(library);

    public HsmStatus InitializeToken(
        string library,
        TokenSelector token,
        ReadOnlySpan<byte> securityOfficerPin,
        ReadOnlySpan<byte> userPin) =>
        hsms.InitializeToken(library, token, securityOfficerPin, userPin);

    public bool MayOfferAgain(HsmCluster cluster, ReadOnlySpan<byte> userPin) =>
        !_refused.Contains(Encoding.UTF8.GetString(userPin)) && hsms.MayOfferAgain(cluster, userPin);

    public IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin)
    {
        try
        {
            BeforeConnect?.Invoke();
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            _refused.Enqueue(Encoding.UTF8.GetString(userPin));
            throw;
        }

        Offers.Enqueue((string.Join(' ', cluster.Tokens.Select(static token => token.TokenLabel)), Encoding.UTF8.GetString(userPin)));
        return new Connection(this, hsms.Connect(cluster, userPin));
    }

    public ITokenCopier Copier => CopierOf?.Invoke(hsms.Copier) ?? hsms.Copier;

    /// <summary>Comes between the engine and the copying of tokens.</summary>
    public Func<ITokenCopier, ITokenCopier>? CopierOf { get; set; }

    public void Dispose()
    {
        // The HSMs belong to the fixture, which outlives the engine.
    }

    private sealed class Connection : IHsmConnection
    {
        private readonly WatchedHsms _watch;
        private readonly IHsmConnection _connection;
        private int _isClosed;

        public Connection(WatchedHsms watch, IHsmConnection connection)
        {
            _watch = watch;
            _connection = connection;
            Interlocked.Increment(ref watch._open);
        }

        public ulong GenerateKey(string label, ReadOnlySpan<byte> id) => Used().GenerateKey(label, id);

        public void Encrypt(
            ReadOnlySpan<byte> id,
            ReadOnlySpan<byte> plaintext,
            ReadOnlySpan<byte> additionalData,
            Span<byte> ciphertext) =>
            Used().Encrypt(id, plaintext, additionalData, ciphertext);

        public void Decrypt(
            ReadOnlySpan<byte> id,
            ReadOnlySpan<byte> ciphertext,
            ReadOnlySpan<byte> additionalData,
            Span<byte> plaintext) =>
            Used().Decrypt(id, ciphertext, additionalData, plaintext);

        public void GenerateRandom(Span<byte> buffer) => Used().GenerateRandom(buffer);

        public bool DestroyKey(ReadOnlySpan<byte> id) => Used().DestroyKey(id);

        public ImmutableArray<HsmInventory> ListKeys() => Used().ListKeys();

        public ImmutableArray<HsmStatus> Status() => _connection.Status();

        public string? TrySharing() => Used().TrySharing();

        public string? TryKeeping() => Used().TryKeeping();

        public void ChangePin(ReadOnlySpan<byte> newPin)
        {
            _watch.BeforeChangePin?.Invoke();
            _connection.ChangePin(newPin);
            _watch.AfterChangePin?.Invoke();
        }

        public HsmSynchronization Synchronize(HsmToken newcomer) => Used().Synchronize(newcomer);

        public void Abandon()
        {
            if (Close())
            {
                Interlocked.Increment(ref _watch._abandoned);
            }

            _connection.Abandon();
        }

        public void Dispose()
        {
            _connection.Dispose();
            Close();
        }

        private bool Close()
        {
            bool isFirst = Interlocked.Exchange(ref _isClosed, 1) == 0;
            if (isFirst)
            {
                Interlocked.Decrement(ref _watch._open);
            }

            return isFirst;
        }

        private IHsmConnection Used()
        {
            _watch.BeforeUse?.Invoke();
            return _connection;
        }
    }
}
