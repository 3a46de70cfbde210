using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>A cluster as it is now.</summary>
/// <param name="ClusterId">The ID.</param>
/// <param name="State">ACTIVE when at least one of its HSMs is.</param>
/// <param name="Library">The PKCS#11 library.</param>
/// <param name="TrustAnchorCertificate">The certificate that identifies the cluster (PEM).</param>
/// <param name="Hsms">Its HSMs as they are now.</param>
/// <param name="CreationDate">When it was registered (UTC).</param>
/// <param name="HighAvailability">Whether keys are created only while two of its HSMs are active.</param>
/// <param name="ManagePassword">Whether each connect changes the password of the crypto user.</param>
/// <param name="CommandsFromElsewhere">Commands per second that it serves for others, which are taken from the request quota of its custom key store.</param>
public sealed record HsmClusterDescription(
    string ClusterId,
    HsmState State,
    string Library,
    string TrustAnchorCertificate,
    ImmutableArray<HsmStatus> Hsms,
    DateTime CreationDate,
    bool HighAvailability = false,
    bool ManagePassword = false,
    int CommandsFromElsewhere = 0)
{
    /// <summary>How many HSMs it has.</summary>
    public int HsmCount => Hsms.Length;

    /// <summary>How many of its HSMs can be used now.</summary>
    public int ActiveHsmCount => Hsms.Count(static hsm => hsm.State == HsmState.ACTIVE);
}

/// <summary>
/// The clusters of HSMs that a store knows: what AWS CloudHSM is to AWS KMS. Registering a cluster changes nothing in the HSMs.
/// </summary>
public sealed class HsmClusterRegistry
{
    // The most that a cluster of AWS CloudHSM has.
    private const int MostHsms = 28;

    private const string IdAlphabet = "234567abcdefghijklmnopqrstuvwxyz";

    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly KmsEngine _engine;

    internal HsmClusterRegistry(IStateStore store, HsmConnections hsms, KmsEngine engine)
    {
        _store = store;
        _hsms = hsms;
        _engine = engine;
    }

    /// <summary>Makes a lab token: initialises a free slot of a PKCS#11 library and sets the PIN of its crypto user.</summary>
    /// <exception cref="HsmException">There is no free slot, the label is taken, or a PIN is not accepted.</exception>
    public HsmStatus InitializeToken(string library, string tokenLabel, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin) =>
        _hsms.Provider.InitializeToken(library, tokenLabel, securityOfficerPin, userPin);

    /// <summary>Registers tokens of a PKCS#11 library as a cluster.</summary>
    /// <param name="library">Path of the library.</param>
    /// <param name="tokenLabels">The tokens, one per HSM; all must be there and initialised.</param>
    /// <param name="clusterId">The ID; null makes one.</param>
    /// <param name="trustAnchorCertificate">
    /// The certificate of the cluster (PEM); null makes one. The certificate of a registered cluster declares that both share a backup
    /// history.
    /// </param>
    /// <param name="highAvailability">Create keys only while two HSMs are active, as AWS does.</param>
    /// <param name="managePassword">Change the password of the crypto user at each connect, as AWS does.</param>
    /// <exception cref="HsmException">A token is not there or not initialised.</exception>
    /// <exception cref="ArgumentException">The ID is malformed or taken, or a token is named twice.</exception>
    public HsmClusterDescription Register(
        string library,
        IReadOnlyList<string> tokenLabels,
        string? clusterId = null,
        string? trustAnchorCertificate = null,
        bool highAvailability = false,
        bool managePassword = false)
    {
        ArgumentNullException.ThrowIfNull(tokenLabels);
        return Register(library, [.. tokenLabels.Select(static label => (label, (string?)null))], clusterId, trustAnchorCertificate, highAvailability, managePassword);
    }

    /// <summary>Registers tokens as a cluster, each of a library of its own or (null) of that of the cluster.</summary>
    internal HsmClusterDescription Register(
        string library,
        ImmutableArray<(string Label, string? Library)> tokens,
        string? clusterId,
        string? trustAnchorCertificate,
        bool highAvailability,
        bool managePassword,
        int commandsFromElsewhere = 0)
    {
        RequireRoom(tokens.Length);
        RequireDifferent([.. tokens.Select(static token => token.Label)]);
        RequireCommands(commandsFromElsewhere);
        clusterId ??= "cluster-" + RandomNumberGenerator.GetString(IdAlphabet, 11);
        Dictionary<string, HsmStatus> found = [];
        foreach (IGrouping<string, string> behind in tokens.GroupBy(token => token.Library ?? library, static token => token.Label, StringComparer.Ordinal))
        {
            foreach ((string label, HsmStatus hsm) in behind.Zip(RequireActive(_hsms.Provider, behind.Key, [.. behind])))
            {
                found[label] = hsm;
            }
        }

        ImmutableArray<HsmStatus> hsms = [.. tokens.Select(token => found[token.Label])];
        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindCluster(clusterId) is not null)
        {
            throw new ArgumentException($"A cluster with the ID {clusterId} is registered already.", nameof(clusterId));
        }

        DateTimeOffset now = _engine.Now(transaction);
        var cluster = new HsmCluster
        {
            ClusterId = clusterId,
            Library = library,
            Tokens = [.. hsms.Zip(tokens, (hsm, token) => new HsmToken(hsm.TokenLabel, hsm.SerialNumber, token.Library == library ? null : token.Library))],
            TrustAnchorCertificate = trustAnchorCertificate ?? MakeTrustAnchor(clusterId),
            CreationDate = now,
            HighAvailability = highAvailability,
            ManagePassword = managePassword,
            CommandsFromElsewhere = commandsFromElsewhere,
        };
        transaction.InsertCluster(cluster);
        transaction.Commit();
        return Describe(cluster, hsms);
    }

    /// <summary>Changes what is said of a cluster. What is null stays.</summary>
    /// <param name="clusterId">The ID.</param>
    /// <param name="commandsFromElsewhere">Commands per second that it serves for others, not negative.</param>
    /// <param name="highAvailability">Whether keys are made only while two HSMs are active.</param>
    /// <param name="managePassword">Whether each connect changes the password of the crypto user.</param>
    /// <exception cref="KmsException">The cluster is not registered.</exception>
    /// <exception cref="ArgumentException">The commands are negative.</exception>
    public HsmClusterDescription Configure(
        string clusterId, int? commandsFromElsewhere = null, bool? highAvailability = null, bool? managePassword = null)
    {
        RequireCommands(commandsFromElsewhere ?? 0);
        using (IStateTransaction transaction = _store.BeginTransaction())
        {
            HsmCluster cluster = transaction.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
            transaction.UpdateCluster(cluster with
            {
                CommandsFromElsewhere = commandsFromElsewhere ?? cluster.CommandsFromElsewhere,
                HighAvailability = highAvailability ?? cluster.HighAvailability,
                ManagePassword = managePassword ?? cluster.ManagePassword,
            });
            if (highAvailability is not null && highAvailability != cluster.HighAvailability)
            {
                CustomKeyStoreRules.Reconnect(transaction, clusterId);
            }

            transaction.Commit();
        }

        return Find(clusterId)[0];
    }

    /// <summary>The registered clusters, or one of them, as they are now.</summary>
    /// <param name="clusterId">The ID; null for all.</param>
    public ImmutableArray<HsmClusterDescription> Find(string? clusterId = null)
    {
        ImmutableArray<HsmCluster> clusters;
        using (IStateReader reader = _store.OpenReader())
        {
            clusters = clusterId is null ? reader.ListClusters() : reader.FindCluster(clusterId) is { } cluster ? [cluster] : [];
        }

        return [.. clusters.Select(cluster => Describe(cluster, Inspect(cluster)))];
    }

    /// <summary>Forgets a cluster. Its HSMs keep what they hold.</summary>
    /// <exception cref="KmsException">The cluster is not registered, or a custom key store uses it.</exception>
    public void Unregister(string clusterId)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        _ = RequireUnused(transaction, clusterId);
        transaction.DeleteCluster(clusterId);
        transaction.Commit();
    }

    /// <summary>The cluster that <see cref="Unregister"/> would forget. Changes nothing and looks at no HSM.</summary>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException, or CloudHsmClusterInUseException.</exception>
    public HsmCluster PreviewUnregister(string clusterId)
    {
        using IStateReader state = _store.OpenReader();
        return RequireUnused(state, clusterId);
    }

    private static HsmCluster RequireUnused(IStateReader state, string clusterId)
    {
        HsmCluster cluster = state.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
        return state.ListCustomKeyStoresOfCluster(clusterId).IsEmpty ? cluster : throw KmsErrors.ClusterInUse(clusterId);
    }

    /// <summary>The HSMs of a cluster as they are now; an HSM whose serial number has changed is another one, and counts as lost.</summary>
    internal ImmutableArray<HsmStatus> Inspect(HsmCluster cluster)
    {
        Dictionary<HsmToken, HsmStatus> found = [];
        foreach (IGrouping<string, HsmToken> behind in cluster.Tokens.GroupBy(token => token.Library ?? cluster.Library, StringComparer.Ordinal))
        {
            try
            {
                ImmutableArray<HsmStatus> hsms = _hsms.Provider.Inspect(behind.Key, [.. behind.Select(static token => token.TokenLabel)]);
                foreach ((HsmStatus now, HsmToken registered) in hsms.Zip(behind))
                {
                    if (now.SerialNumber == registered.SerialNumber)
                    {
                        found[registered] = now;
                    }
                }
            }
            catch (HsmException)
            {
                // The library is not there, or does not work: its HSMs are lost.
            }
        }

        return [.. cluster.Tokens.Select(token => found.GetValueOrDefault(token) ?? Lost(cluster, token))];
    }

    /// <summary>Refuses commands per second that there cannot be.</summary>
    /// <exception cref="ArgumentException">They are negative.</exception>
    internal static void RequireCommands(int commandsFromElsewhere)
    {
        if (commandsFromElsewhere < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(commandsFromElsewhere), "The commands per second from elsewhere are not negative.");
        }
    }

    /// <summary>Refuses a label that stands for two HSMs.</summary>
    /// <exception cref="ArgumentException">A label is there twice.</exception>
    internal static void RequireDifferent(IReadOnlyList<string> tokenLabels)
    {
        if (tokenLabels.GroupBy(static label => label, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"The token '{twice.Key}' is named twice: each HSM of a cluster is another token.", nameof(tokenLabels));
        }
    }

    /// <summary>Refuses more HSMs than a cluster can have.</summary>
    /// <exception cref="ArgumentException">There are more than 28.</exception>
    internal static void RequireRoom(int hsms)
    {
        if (hsms > MostHsms)
        {
            throw new ArgumentException($"A cluster has at most {MostHsms} HSMs.", nameof(hsms));
        }
    }

    /// <summary>The tokens as they are now, which must all be there and initialised.</summary>
    /// <exception cref="HsmException">A token is not there or not initialised.</exception>
    internal static ImmutableArray<HsmStatus> RequireActive(IHsmProvider provider, string library, IReadOnlyList<string> tokenLabels)
    {
        ImmutableArray<HsmStatus> hsms = provider.Inspect(library, tokenLabels);
        return hsms.FirstOrDefault(static hsm => hsm.State != HsmState.ACTIVE) is { } inactive
            ? throw new HsmException(
                HsmFailure.NoActiveHsm,
                inactive.SerialNumber.Length == 0
                    ? $"{library} has no token with the label '{inactive.TokenLabel}'. Initialize-KmsHsm makes a lab token."
                    : $"The token '{inactive.TokenLabel}' of {library} is not initialised.")
            : hsms;
    }

    private static HsmStatus Lost(HsmCluster cluster, HsmToken token) =>
        new(token.TokenLabel, token.SerialNumber, HsmState.DEGRADED, "", "", "", token.Library ?? cluster.Library);

    private static HsmClusterDescription Describe(HsmCluster cluster, ImmutableArray<HsmStatus> hsms) => new(
        cluster.ClusterId,
        hsms.Any(static hsm => hsm.State == HsmState.ACTIVE) ? HsmState.ACTIVE : HsmState.DEGRADED,
        cluster.Library,
        cluster.TrustAnchorCertificate,
        hsms,
        cluster.CreationDate.UtcDateTime,
        cluster.HighAvailability,
        cluster.ManagePassword,
        cluster.CommandsFromElsewhere);

    // Stands for customerCA.crt, the certificate that the owner of a CloudHSM cluster makes when initialising it. Only its bytes
    // matter here: they tell clusters apart.
    private static string MakeTrustAnchor(string clusterId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={clusterId}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return certificate.ExportCertificatePem();
    }
}
