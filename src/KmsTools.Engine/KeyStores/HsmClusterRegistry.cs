using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

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
    /// <summary>The file that holds the PIN of the crypto user, which a URI named with <c>pin-source</c>; null when none did.</summary>
    public string? PinSource { get; init; }

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
    private readonly Administration _administration;

    internal HsmClusterRegistry(IStateStore store, HsmConnections hsms, Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _administration = administration;
    }

    /// <summary>Creates a lab token: initialises a free slot of a PKCS#11 library and sets the PIN of its crypto user.</summary>
    /// <param name="library">Path of the library.</param>
    /// <param name="tokenLabel">The label of the new token, 1-32 bytes of UTF-8.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8).</param>
    /// <param name="caller">Who does; null for the user of the operating system.</param>
    /// <exception cref="HsmException">There is no free slot, the label is taken, or a PIN is not accepted.</exception>
    public HsmStatus InitializeToken(
        string library, string tokenLabel, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin, Caller? caller = null)
    {
        using Secret officer = Secret.CopyOf(securityOfficerPin);
        using Secret user = Secret.CopyOf(userPin);
        return InitializeToken(library, tokenLabel, officer, user, caller);
    }

    /// <summary>Creates a lab token out of the free one that a PKCS#11 URI names.</summary>
    /// <param name="uri">The URI: the library, the label of the new token, and what selects the free one.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8); null takes that of the URI.</param>
    /// <param name="caller">Who does; null for the user of the operating system.</param>
    /// <exception cref="HsmException">No such token is free, the label is taken, or a PIN is not accepted.</exception>
    /// <exception cref="ArgumentException">The URI is wrong, or there is no PIN.</exception>
    public HsmStatus InitializeToken(string uri, Secret securityOfficerPin, Secret? userPin = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(securityOfficerPin);
        return _administration.Do(new AdministrativeAct(AuditNames.InitializeHsm, caller).With(Members.Uri, HsmUri.WithoutPin(uri)), context =>
        {
            using NamedTokens named = NamedTokens.Read(_hsms.Provider, [uri], library: null, _store.IsTemporary);
            using Secret? ofUri = userPin is null ? ReadPin(named.PinFile, named.Pin) : null;
            Secret user = userPin ?? ofUri ?? throw new ArgumentException("There is no PIN for the crypto user: give one, or name its file in the URI with pin-source.", nameof(userPin));
            return InitializeToken(context, named.Library, named.Tokens[0].Selector, securityOfficerPin, user);
        });
    }

    /// <summary>Creates a lab token: initialises a free slot of a PKCS#11 library and sets the PIN of its crypto user.</summary>
    /// <param name="library">Path of the library.</param>
    /// <param name="tokenLabel">The label of the new token, 1-32 bytes of UTF-8.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8).</param>
    /// <param name="caller">Who does; null for the user of the operating system.</param>
    /// <exception cref="HsmException">There is no free slot, the label is taken, or a PIN is not accepted.</exception>
    public HsmStatus InitializeToken(string library, string tokenLabel, Secret securityOfficerPin, Secret userPin, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(tokenLabel);
        return _administration.Do(
            new AdministrativeAct(AuditNames.InitializeHsm, caller).With(Members.Library, library).With(Members.TokenLabel, tokenLabel),
            context => InitializeToken(context, library, TokenSelector.OfLabel(tokenLabel), securityOfficerPin, userPin));
    }

    /// <summary>The initialised tokens of a PKCS#11 library, without logging in.</summary>
    /// <param name="library">Path of the library.</param>
    /// <exception cref="HsmException">The library cannot be loaded or initialised.</exception>
    public ImmutableArray<HsmStatus> ListTokens(string library) => _hsms.Provider.ListTokens(library);

    /// <summary>Registers the tokens that PKCS#11 URIs name (RFC 7512) as a cluster.</summary>
    /// <param name="uris">The URIs, one per HSM; all tokens must be there and initialised.</param>
    /// <param name="clusterId">The ID; null makes one.</param>
    /// <param name="trustAnchorCertificate">The certificate of the cluster (PEM); null makes one.</param>
    /// <param name="highAvailability">Create keys only while two HSMs are active, as AWS does.</param>
    /// <param name="managePassword">Change the password of the crypto user at each connect, as AWS does.</param>
    /// <param name="caller">Who registers it; null for the user of the operating system.</param>
    /// <exception cref="HsmException">A token is not there or not initialised, or a URI means several; the message has their URIs.</exception>
    /// <exception cref="ArgumentException">A URI is wrong, the ID is malformed or taken, or a token is named twice.</exception>
    public HsmClusterDescription RegisterUris(
        IReadOnlyList<string> uris,
        string? clusterId = null,
        string? trustAnchorCertificate = null,
        bool highAvailability = false,
        bool managePassword = false,
        Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(uris);
        AdministrativeAct act = Registering(clusterId, highAvailability, managePassword, caller).With(Members.Uris, uris.Select(HsmUri.WithoutPin));
        return _administration.Do(act, context =>
        {
            using NamedTokens named = NamedTokens.Read(_hsms.Provider, uris, library: null, _store.IsTemporary);
            return Register(context, named, clusterId, trustAnchorCertificate, highAvailability, managePassword);
        });
    }

    /// <summary>
    /// The PIN in the file that a URI of the cluster named, where it is another one than the password of a custom key store that is
    /// disconnected, and may take its place: as the file is the user's, and a password that a connect has made is the store's.
    /// </summary>
    /// <param name="region">The Region of the custom key store.</param>
    /// <param name="customKeyStoreId">The custom key store.</param>
    /// <returns>The PIN, which the caller disposes of, or null.</returns>
    /// <exception cref="ArgumentException">The file is empty, or can be read by others than its owner.</exception>
    public Secret? ReadChangedPin(string region, string customKeyStoreId)
    {
        CustomKeyStore? user;
        HsmCluster? cluster;
        using (IStateReader reader = _store.OpenReader())
        {
            user = reader.FindCustomKeyStore(region, customKeyStoreId);
            cluster = user is null ? null : reader.FindCluster(user.CloudHsmClusterId);
        }

        // A file that was there for the creation only is gone now, and the store has the password.
        if (user is not { ConnectionState: ConnectionStateType.DISCONNECTED } || cluster?.PinSource is not { } file || !File.Exists(file)
            || !CryptoUserPassword.GivesWay(_store.RootKey, user, cluster.ManagePassword))
        {
            return null;
        }

        Secret pin = ReadPin(file, known: null)!;
        if (!CryptoUserPassword.Is(_store.RootKey, user, pin))
        {
            return pin;
        }

        pin.Dispose();
        return null;
    }

    /// <summary>The PIN of the crypto user that the URIs of a cluster named, from its file as it is now.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <returns>The PIN, which the caller disposes of; null when the cluster is not registered, or no URI named a PIN.</returns>
    /// <exception cref="ArgumentException">The file is not there, is empty, or can be read by others than its owner.</exception>
    public Secret? ReadPin(string clusterId)
    {
        HsmCluster? cluster;
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = reader.FindCluster(clusterId);
        }

        using Secret? kept = cluster?.WrappedPin is { } wrapped ? _store.RootKey.Unwrap(wrapped.Span, PinContext(clusterId)) : null;
        return ReadPin(cluster?.PinSource, kept);
    }

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
    /// <param name="caller">Who registers it; null for the user of the operating system.</param>
    /// <exception cref="HsmException">A token is not there or not initialised.</exception>
    /// <exception cref="ArgumentException">The ID is malformed or taken, or a token is named twice.</exception>
    public HsmClusterDescription Register(
        string library,
        IReadOnlyList<string> tokenLabels,
        string? clusterId = null,
        string? trustAnchorCertificate = null,
        bool highAvailability = false,
        bool managePassword = false,
        Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(tokenLabels);
        AdministrativeAct act = Registering(clusterId, highAvailability, managePassword, caller)
            .With(Members.Library, library).With(Members.TokenLabels, tokenLabels);
        return _administration.Do(act, context =>
        {
            using var named = new NamedTokens(library, [.. tokenLabels.Select(static label => new NamedToken(TokenSelector.OfLabel(label)))], null, null);
            return Register(context, named, clusterId, trustAnchorCertificate, highAvailability, managePassword);
        });
    }

    /// <summary>Registers tokens as a cluster, each of its own library or of that of the cluster.</summary>
    internal HsmClusterDescription Register(
        NamedTokens named,
        string? clusterId,
        string? trustAnchorCertificate,
        bool highAvailability,
        bool managePassword,
        int commandsFromElsewhere,
        Caller? caller)
    {
        AdministrativeAct act = Registering(clusterId, highAvailability, managePassword, caller)
            .With(Members.Library, named.Library)
            .With(Members.TokenLabels, named.Tokens.Select(static token => token.Selector.Label ?? token.Selector.ToString()))
            .With(Members.CommandsFromElsewhere, commandsFromElsewhere == 0 ? null : (long?)commandsFromElsewhere);
        return _administration.Do(
            act, context => Register(context, named, clusterId, trustAnchorCertificate, highAvailability, managePassword, commandsFromElsewhere));
    }

    private HsmClusterDescription Register(
        AdministrativeContext context,
        NamedTokens named,
        string? clusterId,
        string? trustAnchorCertificate,
        bool highAvailability,
        bool managePassword,
        int commandsFromElsewhere = 0)
    {
        ImmutableArray<NamedToken> tokens = named.Tokens;
        string library = named.Library;
        RequireRoom(tokens.Length);
        RequireDifferent([.. tokens.Where(static token => !token.IsUri).Select(static token => token.Selector.Label!)]);
        RequireCommands(commandsFromElsewhere);
        clusterId ??= "cluster-" + RandomNumberGenerator.GetString(IdAlphabet, 11);
        Dictionary<NamedToken, HsmStatus> found = new(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<string, NamedToken> behind in tokens.GroupBy(token => token.Library ?? library, StringComparer.Ordinal))
        {
            foreach ((NamedToken token, HsmStatus hsm) in behind.Zip(RequireActive(_hsms.Provider, behind.Key, [.. behind.Select(static token => token.Selector)])))
            {
                found[token] = hsm;
            }
        }

        ImmutableArray<HsmStatus> hsms = [.. tokens.Select(token => found[token])];
        ImmutableArray<HsmToken> members =
            [.. tokens.Select(token => found[token].ToToken(token.Library == library ? null : token.Library, token.IsUri))];
        if (members.FirstOrDefault(member => members.Count(member.IsSame) > 1) is { } twice)
        {
            throw NamedTwice(twice.TokenLabel);
        }

        return context.Commit(transaction =>
        {
            if (transaction.FindCluster(clusterId) is not null)
            {
                throw new ArgumentException($"A cluster with the ID {clusterId} is registered already.", nameof(clusterId));
            }

            var cluster = new HsmCluster
            {
                ClusterId = clusterId,
                Library = library,
                Tokens = members,
                TrustAnchorCertificate = trustAnchorCertificate ?? MakeTrustAnchor(clusterId),
                CreationDate = context.Now,
                HighAvailability = highAvailability,
                ManagePassword = managePassword,
                CommandsFromElsewhere = commandsFromElsewhere,
                PinSource = named.PinFile,
                WrappedPin = named.Pin is { } pin ? WrapPin(clusterId, pin) : (ReadOnlyMemory<byte>?)null,
            };
            transaction.InsertCluster(cluster);
            context.ResponseElements[Members.ClusterId] = clusterId;
            return Describe(cluster, hsms);
        });
    }

    /// <summary>Changes what is said of a cluster. What is null stays.</summary>
    /// <param name="clusterId">The ID.</param>
    /// <param name="commandsFromElsewhere">Commands per second that it serves for others, not negative.</param>
    /// <param name="highAvailability">Whether keys are made only while two HSMs are active.</param>
    /// <param name="managePassword">Whether each connect changes the password of the crypto user.</param>
    /// <param name="caller">Who changes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The cluster is not registered.</exception>
    /// <exception cref="ArgumentException">The commands are negative.</exception>
    public HsmClusterDescription Configure(
        string clusterId, int? commandsFromElsewhere = null, bool? highAvailability = null, bool? managePassword = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(clusterId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetHsmCluster, caller)
            .With(Members.ClusterId, clusterId).With(Members.CommandsFromElsewhere, commandsFromElsewhere)
            .With(Members.HighAvailability, highAvailability).With(Members.ManagePassword, managePassword);
        _administration.Do(act, (_, transaction) =>
        {
            RequireCommands(commandsFromElsewhere ?? 0);
            HsmCluster cluster = transaction.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
            HsmCluster changed = cluster with
            {
                CommandsFromElsewhere = commandsFromElsewhere ?? cluster.CommandsFromElsewhere,
                HighAvailability = highAvailability ?? cluster.HighAvailability,
                ManagePassword = managePassword ?? cluster.ManagePassword,
            };
            transaction.UpdateCluster(changed);
            if (changed.HighAvailability != cluster.HighAvailability)
            {
                ConnectedKeyStores.Reconnect(transaction, clusterId);
            }

            return changed;
        });
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
    /// <param name="clusterId">The ID.</param>
    /// <param name="caller">Who unregisters it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The cluster is not registered, or a custom key store uses it.</exception>
    public void Unregister(string clusterId, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(clusterId);
        _administration.Do(new AdministrativeAct(AuditNames.UnregisterHsmCluster, caller).With(Members.ClusterId, clusterId), (context, transaction) =>
        {
            HsmCluster cluster = RequireUnused(transaction, clusterId);
            context.AdditionalEventData[Members.Hsms] = string.Join(", ", cluster.Tokens.Select(static token => token.TokenLabel));
            transaction.DeleteCluster(clusterId);
            return cluster;
        });
    }

    /// <summary>The cluster that <see cref="Unregister"/> would forget. Changes nothing and looks at no HSM.</summary>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException, or CloudHsmClusterInUseException.</exception>
    public HsmCluster PreviewUnregister(string clusterId)
    {
        using IStateReader state = _store.OpenReader();
        return RequireUnused(state, clusterId);
    }

    private static AdministrativeAct Registering(string? clusterId, bool highAvailability, bool managePassword, Caller? caller) =>
        new AdministrativeAct(AuditNames.RegisterHsmCluster, caller)
            .With(Members.ClusterId, clusterId).With(Members.HighAvailability, highAvailability).With(Members.ManagePassword, managePassword);

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
                ImmutableArray<HsmStatus> hsms = _hsms.Provider.Inspect(behind.Key, [.. behind]);
                foreach ((HsmStatus now, HsmToken registered) in hsms.Zip(behind))
                {
                    found[registered] = now;
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
        if (tokenLabels.GroupBy(static label => label.TrimEnd(' '), StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw NamedTwice(twice.Key);
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
    internal static ImmutableArray<HsmStatus> RequireActive(IHsmProvider provider, string library, IReadOnlyList<TokenSelector> tokens)
    {
        ImmutableArray<HsmStatus> hsms = provider.Find(library, tokens);
        foreach ((HsmStatus hsm, TokenSelector wanted) in hsms.Zip(tokens))
        {
            if (hsm.State != HsmState.ACTIVE)
            {
                throw hsm.Uri is not null
                    ? new HsmException(HsmFailure.NoActiveHsm, $"The token '{hsm.TokenLabel}' of {library} is not initialised.")
                    : new HsmException(
                        HsmFailure.NoActiveHsm,
                        wanted.ToString() is { Length: > 0 } words ? $"{library} has no token with the {words}." : $"{library} has no token.")
                    {
                        Cause = ErrorCause.MissingToken,
                        TokenLabels = [.. provider.ListTokens(library).Where(static token => token.State == HsmState.ACTIVE).Select(static token => token.TokenLabel)],
                    };
            }
        }

        return hsms;
    }

    private HsmStatus InitializeToken(AdministrativeContext context, string library, TokenSelector token, Secret securityOfficerPin, Secret userPin)
    {
        // A span cannot be lent to a lambda, so one of the two PINs is copied.
        byte[] officerPin = GC.AllocateUninitializedArray<byte>(securityOfficerPin.Length, pinned: true);
        try
        {
            securityOfficerPin.Use(pin => pin.CopyTo(officerPin));
            HsmStatus made = userPin.Use(pin => _hsms.Provider.InitializeToken(library, token, officerPin, pin));
            context.ResponseElements[Members.TokenLabel] = made.TokenLabel;
            context.ResponseElements[Members.SerialNumber] = made.SerialNumber;
            return made;
        }
        finally
        {
            Array.Clear(officerPin);
        }
    }

    /// <summary>Wraps the PIN of the crypto user of a cluster.</summary>
    internal byte[] WrapPin(string clusterId, Secret pin) => pin.Use(bytes => _store.RootKey.Wrap(bytes, PinContext(clusterId)));

    private static string PinContext(string clusterId) => $"pin/{clusterId}";

    /// <summary>A PIN from its file, or a copy of the one that is known; null when there is neither.</summary>
    internal static Secret? ReadPin(string? file, Secret? known) =>
        file is null ? known?.Use(Secret.CopyOf)
        : PinFile.TryRead(file, out Secret? pin, out string? reason) ? pin
        : throw new ArgumentException(reason, nameof(file));

    private static ArgumentException NamedTwice(string label) =>
        new($"The token '{label}' is named twice: each HSM of a cluster is another token.", nameof(label));

    private static HsmStatus Lost(HsmCluster cluster, HsmToken token) =>
        new(token.TokenLabel, token.SerialNumber, HsmState.DEGRADED, "", "", "", token.Library ?? cluster.Library) { Uri = HsmUri.Of(token.Library ?? cluster.Library, token) };

    private static HsmClusterDescription Describe(HsmCluster cluster, ImmutableArray<HsmStatus> hsms) => new(
        cluster.ClusterId,
        hsms.Any(static hsm => hsm.State == HsmState.ACTIVE) ? HsmState.ACTIVE : HsmState.DEGRADED,
        cluster.Library,
        cluster.TrustAnchorCertificate,
        hsms,
        cluster.CreationDate.UtcDateTime,
        cluster.HighAvailability,
        cluster.ManagePassword,
        cluster.CommandsFromElsewhere) { PinSource = cluster.PinSource };

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
