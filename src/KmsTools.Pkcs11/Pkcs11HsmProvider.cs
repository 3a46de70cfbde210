using System.Collections.Concurrent;
using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <summary>
/// Reaches HSMs over PKCS#11. A library is named by its full path; a module that wants parameters at C_Initialize (NSS) gets them
/// after a bar: <c>/path/libsoftokn3.so|configdir='sql:/dir' ...</c>.
/// </summary>
public sealed class Pkcs11HsmProvider : IHsmProvider
{
    private readonly ConcurrentDictionary<IHsmConnection, bool> _connections = new();

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<string> tokenLabels)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(tokenLabels);
        return Pkcs11Library.Open(library).Visit(instance =>
        {
            using FileStream held = instance.ProcessLock.Enter();
            TokenSlots slots = TokenSlots.Read(instance.Native);
            return tokenLabels
                .Select(label => slots.WithLabel(label)?.Info.ToStatus(library)
                    ?? new HsmStatus(label, "", HsmState.DEGRADED, "", "", "", library))
                .ToImmutableArray();
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
        Pkcs11Library opened = Pkcs11Library.Open(library);
        _ = opened.Visit(instance =>
        {
            using FileStream held = instance.ProcessLock.Enter();
            TokenInitializer.Initialize(instance.Native, tokenLabel, officer, user);
            return true;
        });
        return Inspect(library, [tokenLabel])[0];
    }

    /// <inheritdoc/>
    public IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (cluster.Tokens.Length != 1)
        {
            throw cluster.Tokens.IsDefaultOrEmpty
                ? new HsmException(HsmFailure.NoActiveHsm, $"The cluster '{cluster.ClusterId}' has no HSM.")
                : new HsmException(HsmFailure.NotPermitted, "Clusters of several HSMs that KmsTools keeps in step are not supported.");
        }

        Pkcs11Library library = Pkcs11Library.Open(cluster.Library);
        List<(HsmToken Token, Hsm Hsm)> hsms = [];
        try
        {
            foreach (HsmToken token in cluster.Tokens)
            {
                hsms.Add((token, library.Connect(token, userPin)));
            }
        }
        catch
        {
            hsms.ForEach(connected => library.Disconnect(connected.Token));
            throw;
        }

        HsmConnection connection = new(library, [.. hsms], closed => _connections.TryRemove(closed, out _));
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
}
