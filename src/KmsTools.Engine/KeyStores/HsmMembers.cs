using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// The HSMs of clusters: what CreateHsm and DeleteHsm are to AWS CloudHSM. After a change every process makes its connections to the
/// cluster anew, at its next call.
/// </summary>
public sealed class HsmMembers
{
    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly HsmClusterRegistry _clusters;
    private readonly Administration _administration;

    internal HsmMembers(IStateStore store, HsmConnections hsms, HsmClusterRegistry clusters, Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _clusters = clusters;
        _administration = administration;
    }

    /// <summary>The HSMs of a cluster as they are now, with sessions and keys where a key store of the cluster is connected.</summary>
    /// <param name="clusterId">The cluster; null for all clusters.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    public ImmutableArray<HsmDescription> Find(string? clusterId = null)
    {
        ImmutableArray<HsmCluster> clusters;
        using (IStateReader reader = _store.OpenReader())
        {
            clusters = clusterId is null ? reader.ListClusters() : [Require(reader, clusterId)];
        }

        return [.. clusters.SelectMany(cluster => Status(cluster).Zip(cluster.Tokens, (now, registered) => Describe(cluster, registered, now)))];
    }

    /// <summary>Adds an HSM to a cluster, and gives it what the cluster holds when a key store of the cluster is connected.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The token, which must be there and initialised.</param>
    /// <param name="library">Its PKCS#11 library; null for that of the cluster.</param>
    /// <param name="password">
    /// The PIN that the crypto user of the HSM has now, where the password of the cluster is managed: it is changed to the cluster's. Null
    /// when the user has the cluster's already.
    /// </param>
    /// <param name="caller">Who adds it; null for the user of the operating system.</param>
    /// <param name="observer">Follows it; null when no one does.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    /// <exception cref="HsmException">The HSM is not there, not initialised, or does not take the password; nothing is changed.</exception>
    /// <exception cref="ArgumentException">The HSM is in the cluster already, or a password is given that is not managed.</exception>
    public HsmAddition Add(
        string clusterId,
        string tokenLabel,
        string? library = null,
        Secret? password = null,
        Caller? caller = null,
        CallObserver? observer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(tokenLabel);
        AdministrativeAct act = Adding(clusterId, caller).With(Members.TokenLabel, tokenLabel).With(Members.Library, library);
        return _administration.Do(
            act,
            context => Add(context, clusterId, new NamedToken(TokenSelector.OfLabel(tokenLabel), library), null, null, password),
            observer);
    }

    /// <summary>Adds the HSM that a PKCS#11 URI names to a cluster, as the method above does.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="uri">
    /// The URI (RFC 7512). Its PIN is that of the crypto user now: where the password of the cluster is managed, it is changed to the
    /// cluster's; elsewhere it is the cluster's, and serves the next key store when the cluster names no other one.
    /// </param>
    /// <param name="password">The PIN that the crypto user has now; null takes that of the URI, or the cluster's.</param>
    /// <param name="caller">Who adds it; null for the user of the operating system.</param>
    /// <param name="observer">Follows it; null when no one does.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    /// <exception cref="HsmException">The HSM is not there, not initialised, or does not take the password; nothing is changed.</exception>
    /// <exception cref="ArgumentException">The URI is wrong, the HSM is in the cluster already, or a password is given that is not managed.</exception>
    public HsmAddition AddUri(string clusterId, string uri, Secret? password = null, Caller? caller = null, CallObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return _administration.Do(
            Adding(clusterId, caller).With(Members.Uri, HsmUri.WithoutPin(uri)),
            context => AddUri(context, clusterId, uri, password),
            observer);
    }

    private HsmAddition AddUri(AdministrativeContext context, string clusterId, string uri, Secret? password)
    {
        HsmCluster cluster;
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = Require(reader, clusterId);
        }

        using NamedTokens named = NamedTokens.Read(_hsms.Provider, [uri], cluster.Library, _store.IsTemporary);
        NamedToken token = named.Tokens[0];
        if (cluster.ManagePassword)
        {
            using Secret? ofUri = password is null ? HsmClusterRegistry.ReadPin(named.PinFile, named.Pin) : null;
            return Add(context, clusterId, token, null, null, password ?? ofUri);
        }

        if (named.PinFile is not null && cluster.PinSource is not null && named.PinFile != cluster.PinSource)
        {
            throw new ArgumentException(
                $"The PIN of cluster {clusterId} is in {cluster.PinSource}, not in {named.PinFile}: it is the same on all its HSMs.", nameof(uri));
        }

        return Add(context, clusterId, token, named.PinFile, named.Pin, password);
    }

    /// <summary>Adds an HSM to a cluster, as a part of an act that is under way.</summary>
    internal HsmAddition Add(AdministrativeContext context, string clusterId, NamedToken token, string? pinFile = null, Secret? pin = null, Secret? password = null)
    {
        HsmCluster cluster;
        ImmutableArray<CustomKeyStore> users;
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = Require(reader, clusterId);
            users = reader.ListCustomKeyStoresOfCluster(clusterId);
        }

        string? library = token.Library == cluster.Library ? null : token.Library;
        HsmStatus found = HsmClusterRegistry.RequireActive(_hsms.Provider, library ?? cluster.Library, [token.Selector])[0];
        HsmToken newcomer = found.ToToken(library, token.IsUri);
        RequireAbsent(cluster, newcomer, token.IsUri);
        HsmCluster alone = cluster with { Tokens = [newcomer], HighAvailability = false };
        if (password is not null)
        {
            GiveClusterPassword(cluster, alone, users, password);
        }

        CustomKeyStore? connected = users.FirstOrDefault(static user => user.ConnectionState == ConnectionStateType.CONNECTED);
        if (connected is not null)
        {
            // A PIN that the newcomer refuses would cut off the key store, so it is proved before the HSM belongs to it.
            using Secret own = _hsms.Passwords.Open(connected);
            Prove(alone, own);
        }

        Change(context, clusterId, newcomer, now =>
        {
            RequireAbsent(now, newcomer, token.IsUri);
            bool hasPin = now.PinSource is not null || now.WrappedPin is not null;
            return now with
            {
                Tokens = now.Tokens.Add(newcomer),
                PinSource = hasPin ? now.PinSource : pinFile,
                WrappedPin = hasPin || pin is null ? now.WrappedPin : _clusters.WrapPin(clusterId, pin),
            };
        });
        HsmSynchronization? synchronization = null;
        string? later = connected is null && users.Any(HasKeys)
            ? $"No key store of {clusterId} is connected: the keys are copied when one is connected next."
            : null;
        if (connected is not null)
        {
            context.Observer.Report($"Copying keys to HSM {newcomer.TokenLabel}");
            try
            {
                synchronization = _hsms.Use(Now(connected), connection => connection.Synchronize(newcomer));
                HsmCopyReport.Record(_administration, context.Caller, connected.Region, clusterId, newcomer, synchronization);
            }
            catch (HsmException e)
            {
                later = $"The keys could not be copied now, and are when a key store of {clusterId} is connected next: {e.Message}";
            }
        }

        HsmDescription hsm = Find(clusterId).First(hsm => hsm.TokenLabel == newcomer.TokenLabel && hsm.SerialNumber == newcomer.SerialNumber);
        return new HsmAddition(hsm, synchronization, later);
    }

    /// <summary>What removing an HSM from its cluster would cost.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The label of the HSM.</param>
    /// <param name="force">Whether it is to be removed even if keys are nowhere else, or that cannot be known.</param>
    /// <param name="serialNumber">Its serial number; needed where two HSMs of the cluster have this label.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException; KMSInvalidStateException: without <paramref name="force"/>, while keys would be lost.
    /// </exception>
    /// <exception cref="ArgumentException">The cluster has no such HSM, or several.</exception>
    public HsmRemoval PreviewRemoval(string clusterId, string tokenLabel, bool force = false, string? serialNumber = null)
    {
        HsmRemoval removal = Compare(clusterId, tokenLabel, serialNumber);
        return force || removal.OnlyThere.IsEmpty ? removal : throw KmsErrors.HsmHoldsOnlyCopies(clusterId, removal);
    }

    /// <summary>Removes an HSM from its cluster. The HSM keeps what it holds.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The label of the HSM.</param>
    /// <param name="force">Remove it even if keys are nowhere else, or that cannot be known.</param>
    /// <param name="caller">Who removes it; null for the user of the operating system.</param>
    /// <param name="serialNumber">Its serial number; needed where two HSMs of the cluster have this label.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException; KMSInvalidStateException: without <paramref name="force"/>, while keys would be lost.
    /// </exception>
    /// <exception cref="ArgumentException">The cluster has no such HSM, or several.</exception>
    public HsmRemoval Remove(string clusterId, string tokenLabel, bool force = false, Caller? caller = null, string? serialNumber = null)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.RemoveHsm, caller)
            .With(Members.ClusterId, clusterId).With(Members.TokenLabel, tokenLabel).With(Members.SerialNumber, serialNumber)
            .With(Members.Force, force ? true : null);
        return _administration.Do(act, context =>
        {
            HsmRemoval removal = PreviewRemoval(clusterId, tokenLabel, force, serialNumber);
            Change(context, clusterId, removal.Hsm, now => now with { Tokens = now.Tokens.Remove(Require(now, tokenLabel, removal.Hsm.SerialNumber)) });
            return removal;
        });
    }

    private static AdministrativeAct Adding(string clusterId, Caller? caller) =>
        new AdministrativeAct(AuditNames.AddHsm, caller).With(Members.ClusterId, clusterId);

    private static HsmCluster Require(IStateReader reader, string clusterId) =>
        reader.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);

    private static HsmToken Require(HsmCluster cluster, string tokenLabel, string? serialNumber)
    {
        var wanted = new TokenSelector { Label = tokenLabel, SerialNumber = serialNumber };
        HsmToken[] found = [.. cluster.Tokens.Where(wanted.Allows)];
        return found switch
        {
            [var only] => only,
            [] => throw new ArgumentException(
                $"Cluster {cluster.ClusterId} has no HSM with the token {(serialNumber is null ? $"label '{tokenLabel}'" : wanted.ToString())}.", nameof(tokenLabel)),
            _ => throw new ArgumentException(
                $"Cluster {cluster.ClusterId} has {found.Length} HSMs with the token label '{tokenLabel}'. Give the serial number too: "
                + $"{string.Join(", ", found.Select(static token => token.SerialNumber))}.",
                nameof(tokenLabel)),
        };
    }

    private HsmRemoval Compare(string clusterId, string tokenLabel, string? serialNumber)
    {
        HsmCluster cluster;
        ImmutableArray<CustomKeyStore> users;
        Dictionary<string, string> living = [];
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = Require(reader, clusterId);
            users = reader.ListCustomKeyStoresOfCluster(clusterId);
            foreach (CustomKeyStore user in users)
            {
                foreach (Key key in reader.ListKeyIdsInStore(user.Region, user.CustomKeyStoreId).Select(id => reader.FindKey(user.Region, id)!))
                {
                    living[key.CurrentMaterial!.KeyMaterialId] = key.Arn;
                }
            }
        }

        HsmToken leaving = Require(cluster, tokenLabel, serialNumber);
        int left = cluster.Tokens.Length - 1;
        bool isTooFew = cluster.HighAvailability && left < 2;
        ImmutableArray<HsmInventory>? inventories = living.Count == 0 || left == 0 ? [] : Inventory(users);
        foreach (HsmKeyObject held in (inventories ?? []).Where(hsm => !hsm.Token.IsSame(leaving)).SelectMany(static hsm => hsm.Keys).Where(static key => key.IsUsable))
        {
            living.Remove(held.Id);
        }

        return new HsmRemoval(leaving, [.. living.Values.Order(StringComparer.Ordinal)], IsKnown: inventories is not null, isTooFew);
    }

    // A label names an HSM in its cluster; where two have the same one, whoever adds the second has named it by more.
    private static void RequireAbsent(HsmCluster cluster, HsmToken newcomer, bool isUri)
    {
        HsmClusterRegistry.RequireRoom(cluster.Tokens.Length + 1);
        if (cluster.Tokens.Any(newcomer.IsSame))
        {
            throw new ArgumentException($"Cluster {cluster.ClusterId} has an HSM with the token label '{newcomer.TokenLabel}'{(isUri ? $" and the serial number '{newcomer.SerialNumber}'" : "")} already.", nameof(newcomer));
        }

        if (!isUri && cluster.Tokens.Any(token => token.TokenLabel == newcomer.TokenLabel))
        {
            throw new ArgumentException($"Cluster {cluster.ClusterId} has an HSM with the token label '{newcomer.TokenLabel}' already. The URI of a token tells it from others.", nameof(newcomer));
        }
    }

    private static HsmDescription Describe(HsmCluster cluster, HsmToken registered, HsmStatus now) => new(
        cluster.ClusterId,
        registered.TokenLabel,
        registered.SerialNumber,
        now.State,
        registered.Library ?? cluster.Library,
        now.Manufacturer,
        now.Model,
        now.FirmwareVersion,
        now.FreeSessions,
        now.KeyCount)
    {
        // What an older store does not know of an HSM, the HSM tells.
        Uri = HsmUri.Of(
            registered.Library ?? cluster.Library,
            registered with { Manufacturer = registered.Manufacturer ?? now.Manufacturer, Model = registered.Model ?? now.Model }),
    };

    private ImmutableArray<HsmStatus> Status(HsmCluster cluster)
    {
        ImmutableArray<CustomKeyStore> users;
        using (IStateReader reader = _store.OpenReader())
        {
            users = reader.ListCustomKeyStoresOfCluster(cluster.ClusterId);
        }

        if (users.FirstOrDefault(static user => user.ConnectionState == ConnectionStateType.CONNECTED) is { } connected)
        {
            try
            {
                ImmutableArray<HsmStatus> status = _hsms.Use(connected, static connection => connection.Status());
                if (status.Length == cluster.Tokens.Length)
                {
                    return status;
                }
            }
            catch (HsmException)
            {
                // This process cannot log in; what can be seen without is still worth telling.
            }
        }

        return _clusters.Inspect(cluster);
    }

    private ImmutableArray<HsmInventory>? Inventory(ImmutableArray<CustomKeyStore> users)
    {
        if (users.FirstOrDefault(static user => user.ConnectionState == ConnectionStateType.CONNECTED) is not { } connected)
        {
            return null;
        }

        try
        {
            return _hsms.Use(connected, static connection => connection.ListKeys());
        }
        catch (HsmException)
        {
            return null;
        }
    }

    private void Prove(HsmCluster alone, Secret password)
    {
        try
        {
            password.Use(pin => _hsms.Provider.Connect(alone, pin)).Dispose();
        }
        catch (HsmException e) when (e.Failure == HsmFailure.InvalidCredentials)
        {
            throw new HsmException(
                HsmFailure.InvalidCredentials,
                $"The crypto user of HSM '{alone.Tokens[0].TokenLabel}' has another password than that of cluster {alone.ClusterId}."
                + (alone.ManagePassword ? " Give the one that it has, and it is changed to the cluster's." : " Change it in the HSM first."),
                e);
        }
    }

    private void GiveClusterPassword(HsmCluster cluster, HsmCluster alone, ImmutableArray<CustomKeyStore> users, Secret password)
    {
        if (!cluster.ManagePassword)
        {
            throw new ArgumentException(
                $"The password of cluster {cluster.ClusterId} is not managed, and no PIN is changed: the crypto user of the HSM must have the cluster's password already.",
                nameof(password));
        }

        if (users.IsEmpty)
        {
            // No key store has a password that the HSM would have to have.
            return;
        }

        using Secret own = _hsms.Passwords.Open(users[0]);
        if (!own.ContentEquals(password))
        {
            using IHsmConnection connection = password.Use(pin => _hsms.Provider.Connect(alone, pin));
            own.Use(connection.ChangePin);
        }
    }

    private bool HasKeys(CustomKeyStore customKeyStore)
    {
        using IStateReader reader = _store.OpenReader();
        return reader.CountKeysInStore(customKeyStore.CustomKeyStoreId) > 0;
    }

    private CustomKeyStore Now(CustomKeyStore customKeyStore)
    {
        using IStateReader reader = _store.OpenReader();
        return reader.FindCustomKeyStore(customKeyStore.Region, customKeyStore.CustomKeyStoreId) is { ConnectionState: ConnectionStateType.CONNECTED } now
            ? now
            : throw new HsmException(HsmFailure.Unreachable, "The custom key store was disconnected meanwhile.");
    }

    private static void Change(AdministrativeContext context, string clusterId, HsmToken token, Func<HsmCluster, HsmCluster> change) => context.Commit(transaction =>
    {
        HsmCluster cluster = change(Require(transaction, clusterId));
        transaction.UpdateCluster(cluster);
        ConnectedKeyStores.Reconnect(transaction, clusterId);
        context.Act = context.Act.With(Members.TokenLabel, token.TokenLabel).With(Members.SerialNumber, token.SerialNumber)
            .With(Members.Uri, HsmUri.Of(token.Library ?? cluster.Library, token));
        context.AdditionalEventData[Members.Hsms] = cluster.Tokens.Length.ToString(CultureInfo.InvariantCulture);
        return cluster;
    });
}
