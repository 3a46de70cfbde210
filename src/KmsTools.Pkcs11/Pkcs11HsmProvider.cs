using System.Collections.Concurrent;
using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;
using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11;

/// <summary>
/// Reaches HSMs over PKCS#11. A library is named by its full path; a module that requires parameters at C_Initialize (NSS) gets them after
/// a vertical bar: <c>/path/libsoftokn3.so|configdir='sql:/dir' ...</c>.
/// </summary>
/// <remarks>
/// A call that an HSM does not answer cannot be stopped, but it holds up no other call: after 2 seconds new calls avoid that HSM.
/// Connecting and inspecting give up after 5 seconds.
/// </remarks>
public sealed class Pkcs11HsmProvider : IHsmProvider
{
    private readonly ConcurrentDictionary<IHsmConnection, bool> _connections = new();
    private readonly HsmTimeLimits _limits;
    private readonly Func<string?>? _softHsm;

    /// <summary>Creates the provider.</summary>
    public Pkcs11HsmProvider()
        : this(HsmTimeLimits.Default)
    {
    }

    /// <summary>Creates the provider of a store that may have a laboratory.</summary>
    /// <param name="softHsm">
    /// The configuration that SoftHSM reads; null for what the environment of the process names. Several stores can be open in it.
    /// </param>
    public Pkcs11HsmProvider(Func<string?> softHsm)
        : this() => _softHsm = softHsm;

    internal Pkcs11HsmProvider(HsmTimeLimits limits)
    {
        _limits = limits;
        Copier = new TokenCopier(this, limits);
    }

    /// <inheritdoc/>
    public ITokenCopier Copier { get; }

    /// <summary>The configuration that SoftHSM reads, or null for that of the environment.</summary>
    internal string? SoftHsm => _softHsm?.Invoke();

    /// <inheritdoc/>
    public HsmUri ParseUri(string uri) => TokenUri.Parse(uri);

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Find(string library, IReadOnlyList<TokenSelector> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return Find(library, [.. tokens], needsFresh: true);
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<HsmToken> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        HsmToken[] registered = [.. tokens];
        return Look(library, (native, slots) =>
        [
            .. registered.Select(token => slots.Find(token) is { } found
                ? Mechanisms.StatusOf(native, found.Slot, found.Info, library)
                : new HsmStatus(token.TokenLabel, token.SerialNumber, HsmState.DEGRADED, "", "", "", library)
                {
                    Uri = HsmUri.Of(library, token),
                    Reason = slots.WhyNot(token),
                }),
        ]);
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> ListTokens(string library) =>
        Look(library, (_, slots) => slots.List(library), needsFresh: true);

    /// <inheritdoc/>
    public HsmStatus InitializeToken(
        string library, TokenSelector token, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(token);
        using Secret officer = Secret.CopyOf(securityOfficerPin);
        using Secret user = Secret.CopyOf(userPin);
        LibraryReference reference = ReferenceTo(library);
        ModuleFile module = ModuleFile.Open(reference);
        using (InterProcessLock.OfLibrary(reference).Enter(_limits.Lock))
        {
            _ = InTime(library, _limits.LongWork, () => module.Visit(
                reference,
                native =>
                {
                    using InstanceTurns.Turn turn = module.Turns.Take();
                    TokenInitializer.Initialize(native, token, officer, user);
                    return true;
                },
                static _ => true,
                needsFresh: true));
        }

        // Serial number, model and slot may have changed.
        return Find(library, [TokenSelector.OfLabel(token.Label!)], needsFresh: false)[0];
    }

    /// <inheritdoc/>
    public IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (cluster.Tokens.IsDefaultOrEmpty)
        {
            throw new HsmException(HsmFailure.NoActiveHsm, $"The cluster '{cluster.ClusterId}' has no HSM.");
        }

        if (cluster.Tokens.Length > HsmConnection.MaxHsms)
        {
            throw new HsmException(HsmFailure.Failed, $"A cluster has at most {HsmConnection.MaxHsms} HSMs.");
        }

        ImmutableArray<ClusterMember> members =
        [
            .. cluster.Tokens.Select(token =>
            {
                string library = token.Library ?? cluster.Library;
                return new ClusterMember(token, library, HsmRegistry.Join(ReferenceTo(library), token, _limits));
            }),
        ];
        try
        {
            ClusterLogin.LogIn(members, userPin);
        }
        catch
        {
            foreach (ClusterMember member in members)
            {
                HsmRegistry.Leave(member.Hsm);
            }

            throw;
        }

        HsmConnection connection = new(members, cluster.HighAvailability, _limits, closed => _connections.TryRemove(closed, out _));
        _connections[connection] = true;
        return connection;
    }

    /// <inheritdoc/>
    public bool MayOfferAgain(HsmCluster cluster, ReadOnlySpan<byte> userPin)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        foreach (HsmToken token in cluster.Tokens)
        {
            LibraryReference library = ReferenceTo(token.Library ?? cluster.Library);
            if (!library.IsSoftHsm)
            {
                return false;
            }

            InterProcessLock processLock = InterProcessLock.OfToken(library, token);
            using FileStream held = processLock.Enter(_limits.Lock);
            if (RefusedPin.Of(library, processLock).Is(userPin))
            {
                return false;
            }
        }

        return !cluster.Tokens.IsDefaultOrEmpty;
    }

    /// <summary>Closes the connections that are still open.</summary>
    public void Dispose()
    {
        foreach (IHsmConnection connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }

    /// <summary>A library as this provider uses it.</summary>
    internal LibraryReference ReferenceTo(string library) => LibraryReference.Parse(library, SoftHsm);

    /// <summary>Gives up after a while on a library that does not answer.</summary>
    internal static T InTime<T>(string library, TimeSpan limit, Func<T> function) =>
        Detached.TryWait(Detached.Start(function), limit, out T? result)
            ? result
            : throw new HsmException(HsmFailure.Unreachable, $"'{library}' does not answer.");

    private ImmutableArray<HsmStatus> Find(string library, TokenSelector[] wanted, bool needsFresh) => Look(
        library,
        (native, slots) =>
        [
            .. wanted.Select(token => slots.Find(native, library, token) is { } found
                ? Mechanisms.StatusOf(native, found.Slot, found.Info, library)
                : new HsmStatus(token.Label ?? "", "", HsmState.DEGRADED, "", "", "", library)),
        ],
        needsFresh);

    private ImmutableArray<HsmStatus> Look(
        string library, Func<NativeModule, TokenSlots, ImmutableArray<HsmStatus>> look, bool needsFresh = false)
    {
        ArgumentNullException.ThrowIfNull(library);
        LibraryReference reference = ReferenceTo(library);
        ModuleFile module = ModuleFile.Open(reference);
        return InTime(library, _limits.Connect, () => module.Visit(
            reference,
            native => look(native, TokenSlots.Read(native)),
            static found => found.All(IsSettled),
            needsFresh));
    }

    // A token that is there and lacks a mechanism lacks it in a fresh instance too.
    private static bool IsSettled(HsmStatus status) =>
        status.State == HsmState.ACTIVE || (status.State == HsmState.DEGRADED && status.FirmwareVersion.Length > 0);
}
