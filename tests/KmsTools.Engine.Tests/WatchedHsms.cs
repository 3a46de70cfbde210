using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools;

/// <summary>Real HSMs; what is asked of them is written down, and a test can do something at the moment of it.</summary>
public sealed class WatchedHsms(IHsmProvider hsms) : IHsmProvider
{
    /// <summary>The PINs that were offered, with the tokens they were offered to.</summary>
    public ConcurrentQueue<(string Tokens, string Pin)> Offers { get; } = new();

    /// <summary>Called before a connect.</summary>
    public Action? BeforeConnect { get; set; }

    /// <summary>Called before a PIN is changed.</summary>
    public Action? BeforeChangePin { get; set; }

    /// <summary>Called after a PIN was changed.</summary>
    public Action? AfterChangePin { get; set; }

    /// <summary>Changes what is seen of tokens.</summary>
    public Func<HsmStatus, HsmStatus>? Seen { get; set; }

    public HsmUri ParseUri(string uri) => hsms.ParseUri(uri);

    public ImmutableArray<HsmStatus> Find(string library, IReadOnlyList<TokenSelector> tokens) =>
        [.. hsms.Find(library, tokens).Select(status => Seen?.Invoke(status) ?? status)];

    public ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<HsmToken> tokens) =>
        [.. hsms.Inspect(library, tokens).Select(status => Seen?.Invoke(status) ?? status)];

    public ImmutableArray<HsmStatus> ListTokens(string library) => hsms.ListTokens(library);

    public HsmStatus InitializeToken(string library, TokenSelector token, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin) =>
        hsms.InitializeToken(library, token, securityOfficerPin, userPin);

    public IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin)
    {
        BeforeConnect?.Invoke();
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

    private sealed class Connection(WatchedHsms watch, IHsmConnection connection) : IHsmConnection
    {
        public ulong GenerateKey(string label, ReadOnlySpan<byte> id) => connection.GenerateKey(label, id);

        public void Encrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext) =>
            connection.Encrypt(id, plaintext, additionalData, ciphertext);

        public void Decrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additionalData, Span<byte> plaintext) =>
            connection.Decrypt(id, ciphertext, additionalData, plaintext);

        public void GenerateRandom(Span<byte> buffer) => connection.GenerateRandom(buffer);

        public bool DestroyKey(ReadOnlySpan<byte> id) => connection.DestroyKey(id);

        public ImmutableArray<HsmInventory> ListKeys() => connection.ListKeys();

        public ImmutableArray<HsmStatus> Status() => connection.Status();

        public void ChangePin(ReadOnlySpan<byte> newPin)
        {
            watch.BeforeChangePin?.Invoke();
            connection.ChangePin(newPin);
            watch.AfterChangePin?.Invoke();
        }

        public HsmSynchronization Synchronize(HsmToken newcomer) => connection.Synchronize(newcomer);

        public void Dispose() => connection.Dispose();
    }
}
