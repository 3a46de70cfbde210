using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// The HSM clusters that a store knows: the counterpart of AWS CloudHSM for AWS KMS. Registering a cluster changes nothing in the HSMs.
/// </summary>
public sealed partial class HsmClusterRegistry
{
    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly Administration _administration;

    internal HsmClusterRegistry(IStateStore store, HsmConnections hsms, Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _administration = administration;
    }

    /// <summary>Registers the tokens that PKCS#11 URIs name (RFC 7512) as a cluster.</summary>
    /// <param name="uris">The URIs, one per HSM; all tokens must exist and be initialised.</param>
    /// <param name="clusterId">The ID; null generates one.</param>
    /// <param name="trustAnchorCertificate">The certificate of the cluster (PEM); null generates one.</param>
    /// <param name="highAvailability">Create keys only while two HSMs are active, as AWS does.</param>
    /// <param name="managePassword">Change the password of the crypto user at each connect, as AWS does.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="HsmException">
    /// A token does not exist or is not initialised, or a URI matches several; the message lists their URIs.
    /// </exception>
    /// <exception cref="ArgumentException">A URI is invalid, the ID is malformed or taken, or a token is named twice.</exception>
    public HsmClusterDescription RegisterUris(
        IReadOnlyList<string> uris,
        string? clusterId = null,
        string? trustAnchorCertificate = null,
        bool highAvailability = false,
        bool managePassword = false,
        Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(uris);
        AdministrativeAct act = Registering(clusterId, highAvailability, managePassword, caller).With(
            Members.Uris,
            uris.Select(HsmUri.WithoutPin));
        return _administration.Do(act, context =>
        {
            using NamedTokens named = NamedTokens.Read(_hsms.Provider, uris, library: null, _store.IsTemporary);
            return Register(context, named, IdOf(clusterId), trustAnchorCertificate, highAvailability, managePassword);
        });
    }

    /// <summary>Registers tokens of a PKCS#11 library as a cluster.</summary>
    /// <param name="library">Path of the library.</param>
    /// <param name="tokenLabels">The tokens, one per HSM; all must exist and be initialised.</param>
    /// <param name="clusterId">The ID; null generates one.</param>
    /// <param name="trustAnchorCertificate">
    /// The certificate of the cluster (PEM); null generates one. The certificate of a registered cluster declares that both share a backup
    /// history.
    /// </param>
    /// <param name="highAvailability">Create keys only while two HSMs are active, as AWS does.</param>
    /// <param name="managePassword">Change the password of the crypto user at each connect, as AWS does.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="HsmException">A token does not exist or is not initialised.</exception>
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
            using NamedTokens named = new(
                library,
                [.. tokenLabels.Select(static label => new NamedToken(TokenSelector.OfLabel(label)))],
                null,
                null);
            return Register(context, named, IdOf(clusterId), trustAnchorCertificate, highAvailability, managePassword);
        });
    }

    /// <summary>Registers tokens as a cluster, each with a separate library or with that of the cluster.</summary>
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
            act, context => Register(
                context,
                named,
                IdOf(clusterId),
                trustAnchorCertificate,
                highAvailability,
                managePassword,
                commandsFromElsewhere));
    }

    private HsmClusterDescription Register(
        AdministrativeContext context,
        NamedTokens named,
        ClusterId clusterId,
        string? trustAnchorCertificate,
        bool highAvailability,
        bool managePassword,
        int commandsFromElsewhere = 0)
    {
        ImmutableArray<NamedToken> tokens = named.Tokens;
        string library = named.Library;
        HsmClusterRules.RequireRoom(tokens.Length);
        HsmClusterRules.RequireDifferent([.. tokens.Where(static token => !token.IsUri).Select(static token => token.Selector.Label!)]);
        HsmClusterRules.RequireCommands(commandsFromElsewhere);
        if (trustAnchorCertificate is not null)
        {
            ClusterCertificate.Require(trustAnchorCertificate);
        }

        Dictionary<NamedToken, HsmStatus> found = new(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<string, NamedToken> behind in tokens.GroupBy(token => token.Library ?? library, StringComparer.Ordinal))
        {
            foreach ((NamedToken token, HsmStatus hsm) in behind.Zip(
                HsmClusterRules.RequireActive(_hsms.Provider, behind.Key, [.. behind.Select(static token => token.Selector)])))
            {
                found[token] = hsm;
            }
        }

        ImmutableArray<HsmStatus> hsms = [.. tokens.Select(token => found[token])];
        ImmutableArray<HsmToken> members =
            [.. tokens.Select(token => found[token].ToToken(token.Library == library ? null : token.Library, token.IsUri))];
        if (members.FirstOrDefault(member => members.Count(member.IsSame) > 1) is { } twice)
        {
            throw HsmClusterRules.NamedTwice(twice.TokenLabel);
        }

        if (members.Length > 1)
        {
            HsmClusterRules.RequireSharing(hsms);
        }

        return context.Commit(transaction =>
        {
            HsmClusterRules.RequireFree(transaction, clusterId);
            RequireManageable(managePassword, clusterId, members);
            HsmCluster cluster = new()
            {
                ClusterId = clusterId,
                Library = library,
                Tokens = members,
                TrustAnchorCertificate = trustAnchorCertificate ?? CreateTrustAnchor(clusterId),
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

    /// <summary>Changes the settings of a cluster. A setting that is null is left unchanged.</summary>
    /// <param name="clusterId">The ID.</param>
    /// <param name="commandsFromElsewhere">Commands per second that it serves for others, not negative.</param>
    /// <param name="highAvailability">Whether keys are created only while two HSMs are active.</param>
    /// <param name="managePassword">Whether each connect changes the password of the crypto user.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The cluster is not registered.</exception>
    /// <exception cref="ArgumentException">The commands are negative.</exception>
    public HsmClusterDescription Configure(
        string clusterId,
        int? commandsFromElsewhere = null,
        bool? highAvailability = null,
        bool? managePassword = null,
        Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(clusterId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetHsmCluster, caller)
            .With(Members.ClusterId, clusterId).With(Members.CommandsFromElsewhere, commandsFromElsewhere)
            .With(Members.HighAvailability, highAvailability).With(Members.ManagePassword, managePassword);
        _administration.Do(act, (_, transaction) =>
        {
            HsmClusterRules.RequireCommands(commandsFromElsewhere ?? 0);
            HsmCluster cluster = transaction.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
            HsmCluster changed = cluster with
            {
                CommandsFromElsewhere = commandsFromElsewhere ?? cluster.CommandsFromElsewhere,
                HighAvailability = highAvailability ?? cluster.HighAvailability,
                ManagePassword = managePassword ?? cluster.ManagePassword,
            };
            RequireManageable(changed.ManagePassword && !cluster.ManagePassword, clusterId, cluster.Tokens);
            transaction.UpdateCluster(changed);
            if (changed.HighAvailability != cluster.HighAvailability)
            {
                ConnectedKeyStores.Reconnect(transaction, clusterId);
            }

            return changed;
        });
        return Find(clusterId)[0];
    }

    /// <summary>The current state of the registered clusters, or of one of them.</summary>
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

    /// <summary>Unregisters a cluster. Its HSMs keep what they hold.</summary>
    /// <param name="clusterId">The ID.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The cluster is not registered, or a custom key store uses it.</exception>
    public void Unregister(string clusterId, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(clusterId);
        _administration.Do(new AdministrativeAct(AuditNames.UnregisterHsmCluster, caller).With(
            Members.ClusterId,
            clusterId), (context, transaction) =>
        {
            HsmCluster cluster = RequireUnused(transaction, clusterId);
            context.AdditionalEventData[Members.Hsms] = string.Join(", ", cluster.Tokens.Select(static token => token.TokenLabel));
            transaction.DeleteCluster(clusterId);
            return cluster;
        });
    }

    /// <summary>The cluster that <see cref="Unregister"/> would remove. Changes nothing and accesses no HSM.</summary>
    /// <param name="clusterId">The ID.</param>
    /// <param name="triedBy">Who has asked for the act, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException, or CloudHsmClusterInUseException.</exception>
    public HsmCluster PreviewUnregister(string clusterId, Caller? triedBy = null) => _administration.Preview(
        new AdministrativeAct(AuditNames.UnregisterHsmCluster, triedBy).With(Members.ClusterId, clusterId),
        triedBy,
        _ =>
        {
            using IStateReader state = _store.OpenReader();
            return RequireUnused(state, clusterId);
        });

    // Within the act: a malformed ID is recorded as an event too.
    internal static ClusterId IdOf(string? clusterId) => clusterId is null ? ClusterId.Create() : ClusterId.Parse(clusterId);

    private static AdministrativeAct Registering(string? clusterId, bool highAvailability, bool managePassword, Caller? caller) =>
        new AdministrativeAct(AuditNames.RegisterHsmCluster, caller)
            .With(Members.ClusterId, clusterId).With(Members
                .HighAvailability, highAvailability).With(Members.ManagePassword, managePassword);

    private static HsmCluster RequireUnused(IStateReader state, string clusterId)
    {
        HsmCluster cluster = state.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
        return state.ListCustomKeyStoresOfCluster(clusterId).IsEmpty ? cluster : throw KmsErrors.ClusterInUse(clusterId);
    }

    /// <summary>
    /// The current state of the HSMs of a cluster; an HSM whose serial number has changed is a different one, and counts as lost.
    /// </summary>
    internal ImmutableArray<HsmStatus> Inspect(HsmCluster cluster)
    {
        Dictionary<HsmToken, HsmStatus> found = [];
        Dictionary<HsmToken, string> reasons = [];
        foreach (IGrouping<string, HsmToken> behind in cluster.Tokens
            .GroupBy(token => token.Library ?? cluster.Library, StringComparer.Ordinal))
        {
            try
            {
                ImmutableArray<HsmStatus> hsms = _hsms.Provider.Inspect(behind.Key, [.. behind]);
                foreach ((HsmStatus now, HsmToken registered) in hsms.Zip(behind))
                {
                    found[registered] = now;
                }
            }
            catch (HsmException exception)
            {
                // The library does not exist, or does not work: its HSMs are lost.
                foreach (HsmToken token in behind)
                {
                    reasons[token] = exception.Message;
                }
            }
        }

        return
        [
            .. cluster.Tokens.Select(
                token => found.GetValueOrDefault(token) ?? Lost(cluster, token, reasons.GetValueOrDefault(token))),
        ];
    }

    private static HsmStatus Lost(HsmCluster cluster, HsmToken token, string? reason) =>
        new(token.TokenLabel, token.SerialNumber, HsmState.DEGRADED, "", "", "", token.Library ?? cluster.Library)
        {
            Uri = HsmUri.Of(token.Library ?? cluster.Library, token),
            Reason = reason,
        };

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

    // Stands for customerCA.crt, the certificate that the owner of a CloudHSM cluster creates when initialising it. Only its bytes
    // matter here: they distinguish clusters.
    private static string CreateTrustAnchor(string clusterId)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={clusterId}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return certificate.ExportCertificatePem();
    }
}
