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
/// Reaches HSMs over PKCS#11. A library is named by its full path; a module that wants parameters at C_Initialize (NSS) gets them
/// after a bar: <c>/path/libsoftokn3.so|configdir='sql:/dir' ...</c>.
/// </summary>
/// <remarks>
/// A call that an HSM does not answer cannot be stopped, but it holds up nobody else: after 2 seconds new calls avoid that HSM.
/// Connecting and inspecting give up after 5 seconds.
/// </remarks>
public sealed class Pkcs11HsmProvider : IHsmProvider
{
    private static readonly TimeSpan ShortWhile = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<IHsmConnection, bool> _connections = new();
    private readonly HsmTimeLimits _limits;

    /// <summary>Makes the provider.</summary>
    public Pkcs11HsmProvider()
        : this(HsmTimeLimits.Default)
    {
    }

    internal Pkcs11HsmProvider(HsmTimeLimits limits)
    {
        _limits = limits;
        Copier = new TokenCopier(this, limits);
    }

    /// <inheritdoc/>
    public ITokenCopier Copier { get; }

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<string> tokenLabels)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(tokenLabels);
        LibraryReference reference = LibraryReference.Parse(library);
        string[] labels = [.. tokenLabels];
        ModuleFile module = ModuleFile.Open(reference);
        return InTime(library, _limits.Connect, () =>
        {
            ImmutableArray<HsmStatus> found = module.Visit(reference.Parameters, native => Look(native, library, labels));
            if (found.All(static status => status.State == HsmState.ACTIVE))
            {
                return found;
            }

            // SoftHSM rewrites a token at each login, and it was perhaps that moment.
            Thread.Sleep(ShortWhile);
            return module.Visit(reference.Parameters, native => Look(native, library, labels));
        });
    }

    /// <inheritdoc/>
    public HsmStatus InitializeToken(
        string library, string tokenLabel, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(tokenLabel);
        using Secret officer = Secret.CopyOf(securityOfficerPin);
        using Secret user = Secret.CopyOf(userPin);
        LibraryReference reference = LibraryReference.Parse(library);
        ModuleFile module = ModuleFile.Open(reference);
        using (InterProcessLock.OfLibrary(reference).Enter(_limits.Lock))
        {
            _ = InTime(library, _limits.LongWork, () => module.Visit(reference.Parameters, native =>
            {
                TokenInitializer.Initialize(native, tokenLabel, officer, user);
                return true;
            }));
        }

        return Inspect(library, [tokenLabel])[0];
    }

    /// <inheritdoc/>
    public IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (cluster.Tokens.IsDefaultOrEmpty)
        {
            throw new HsmException(HsmFailure.NoActiveHsm, $"The cluster '{cluster.ClusterId}' has no HSM.");
        }

        if (cluster.Tokens.Length > HsmConnection.MaximumHsms)
        {
            throw new HsmException(HsmFailure.Failed, $"A cluster has at most {HsmConnection.MaximumHsms} HSMs.");
        }

        ImmutableArray<ClusterMember> members =
        [
            .. cluster.Tokens.Select(token =>
            {
                string library = token.Library ?? cluster.Library;
                return new ClusterMember(token, library, Hsm.Join(LibraryReference.Parse(library), token, _limits));
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
                member.Hsm.Leave();
            }

            throw;
        }

        HsmConnection connection = new(members, cluster.HighAvailability, _limits, closed => _connections.TryRemove(closed, out _));
        _connections[connection] = true;
        return connection;
    }

    /// <summary>Closes the connections that are still open.</summary>
    public void Dispose()
    {
        foreach (IHsmConnection connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }

    /// <summary>Gives up after a while on a library that does not answer.</summary>
    internal static T InTime<T>(string library, TimeSpan limit, Func<T> function)
        => Detached.TryWait(Detached.Start(function), limit, out T? result)
            ? result
            : throw new HsmException(HsmFailure.Unreachable, $"'{library}' does not answer.");

    private static ImmutableArray<HsmStatus> Look(NativeModule native, string library, string[] labels)
    {
        TokenSlots slots = TokenSlots.Read(native);
        return
        [
            .. labels.Select(label => slots.WithLabel(label)?.Info.ToStatus(library)
                ?? new HsmStatus(label, "", HsmState.DEGRADED, "", "", "", library)),
        ];
    }
}
