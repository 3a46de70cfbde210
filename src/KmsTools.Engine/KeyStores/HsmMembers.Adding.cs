using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <content>Adds HSMs to clusters.</content>
public sealed partial class HsmMembers
{
    /// <summary>Adds an HSM to a cluster, and gives it what the cluster holds when a key store of the cluster is connected.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The token, which must exist and be initialised.</param>
    /// <param name="library">Its PKCS#11 library; null for that of the cluster.</param>
    /// <param name="password">
    /// The PIN that the crypto user of the HSM has now, where the password of the cluster is managed: it is changed to the cluster's. Null
    /// when the user already has the cluster's.
    /// </param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Observes the progress; null for none.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    /// <exception cref="HsmException">
    /// The HSM does not exist, is not initialised, lacks a mechanism, cannot exchange keys with the others, or does not accept the
    /// password; nothing is changed.
    /// </exception>
    /// <exception cref="ArgumentException">The HSM is already in the cluster, or a password is given that is not managed.</exception>
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
    /// cluster's; otherwise it is the cluster's, and serves the next key store when the cluster names no other PIN.
    /// </param>
    /// <param name="password">The PIN that the crypto user has now; null uses that of the URI, or the cluster's.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Observes the progress; null for none.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    /// <exception cref="HsmException">
    /// The HSM does not exist, is not initialised, or does not accept the password; nothing is changed.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The URI is invalid, the HSM is already in the cluster, or a password is given that is not managed.
    /// </exception>
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
            using Secret? ofUri = password is null ? PinFile.Read(named.PinFile, named.Pin) : null;
            return Add(context, clusterId, token, null, null, password ?? ofUri);
        }

        if (named.PinFile is not null && cluster.PinSource is not null && named.PinFile != cluster.PinSource)
        {
            throw new ArgumentException(
                $"The PIN of cluster {clusterId} is in {cluster.PinSource}, not in {named.PinFile}: it is the same on all its HSMs.",
                nameof(uri));
        }

        return Add(context, clusterId, token, named.PinFile, named.Pin, password);
    }

    /// <summary>Adds an HSM to a cluster, as part of an act that is in progress.</summary>
    internal HsmAddition Add(
        AdministrativeContext context,
        string clusterId,
        NamedToken token,
        string? pinFile = null,
        Secret? pin = null,
        Secret? password = null)
    {
        HsmCluster cluster;
        ImmutableArray<CustomKeyStore> users;
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = Require(reader, clusterId);
            users = reader.ListCustomKeyStoresOfCluster(clusterId);
        }

        string? library = token.Library == cluster.Library ? null : token.Library;
        HsmStatus found = HsmClusterRules.RequireActive(_hsms.Provider, library ?? cluster.Library, [token.Selector])[0];
        HsmToken newcomer = found.ToToken(library, token.IsUri);
        RequireAbsent(cluster, newcomer, token.IsUri);
        if (!cluster.Tokens.IsEmpty)
        {
            HsmClusterRules.RequireSharing([found]);
        }

        _clusters.RequireManageable(cluster.ManagePassword, clusterId, [newcomer]);
        HsmCluster alone = cluster with { Tokens = [newcomer], HighAvailability = false };
        if (password is not null)
        {
            GiveClusterPassword(cluster, alone, users, password);
        }

        CustomKeyStore? connected = CustomKeyStore.FirstConnected(users);
        if (connected is not null)
        {
            // A PIN that the new HSM refuses would disconnect the key store, so it is verified before the HSM belongs to the cluster.
            using Secret own = _hsms.Passwords.Open(connected);
            Prove(alone, own, mustShare: !cluster.Tokens.IsEmpty);
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
                using HsmLease lease = _hsms.Rent(Now(connected));
                synchronization = lease.Connection.Synchronize(newcomer);
                HsmSynchronizationReport.Record(_administration, context.Caller, connected.Region, clusterId, newcomer, synchronization);
            }
            catch (HsmException exception)
            {
                later = $"The keys could not be copied now, and are when a key store of {clusterId} is connected next: {exception.Message}";
            }
        }

        HsmDescription hsm = Find(clusterId).First(each => newcomer.IsSame(new HsmToken(each.TokenLabel, each.SerialNumber)));
        return new HsmAddition(hsm, synchronization, later);
    }

    private static AdministrativeAct Adding(string clusterId, Caller? caller) =>
        new AdministrativeAct(AuditNames.AddHsm, caller).With(Members.ClusterId, clusterId);

    // A label names an HSM in its cluster; where two have the same label, the caller that adds the second has named it more specifically.
    private static void RequireAbsent(HsmCluster cluster, HsmToken newcomer, bool isUri)
    {
        HsmClusterRules.RequireRoom(cluster.Tokens.Length + 1);
        if (cluster.Tokens.Any(newcomer.IsSame))
        {
            string serialNumber = isUri ? $" and the serial number '{newcomer.SerialNumber}'" : "";
            throw new ArgumentException(
                $"Cluster {cluster.ClusterId} has an HSM with the token label "
                    + $"'{newcomer.TokenLabel}'{serialNumber} already.", nameof(newcomer));
        }

        if (!isUri && cluster.Tokens.Any(token => token.TokenLabel == newcomer.TokenLabel))
        {
            throw new ArgumentException(
                $"Cluster {cluster.ClusterId} has an HSM with the token label '{newcomer.TokenLabel}' already. "
                + "The URI of a token distinguishes it from others.",
                nameof(newcomer));
        }
    }

    private void Prove(HsmCluster alone, Secret password, bool mustShare)
    {
        try
        {
            using IHsmConnection connection = password.Use(pin => _hsms.Provider.Connect(alone, pin));
            if (mustShare && connection.TrySharing() is { } reason)
            {
                throw new HsmException(HsmFailure.NotPermitted, reason);
            }
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            throw new HsmException(
                HsmFailure.InvalidCredentials,
                $"The crypto user of HSM '{alone.Tokens[0].TokenLabel}' has another password than that of cluster {alone.ClusterId}."
                + (alone.ManagePassword
                    ? " Give the one that it has, and it is changed to the cluster's."
                    : " Change it in the HSM first."),
                exception);
        }
    }

    private void GiveClusterPassword(HsmCluster cluster, HsmCluster alone, ImmutableArray<CustomKeyStore> users, Secret password)
    {
        if (!cluster.ManagePassword)
        {
            throw new ArgumentException(
                $"The password of cluster {cluster.ClusterId} is not managed, and no PIN is changed: "
                + "the crypto user of the HSM must have the cluster's password already.",
                nameof(password));
        }

        if (users.IsEmpty)
        {
            // No key store has a password that the HSM would need to have.
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
        CustomKeyStore? now = reader.FindCustomKeyStore(customKeyStore.Region, customKeyStore.CustomKeyStoreId);
        return now is { ConnectionState: ConnectionStateType.CONNECTED }
            ? now
            : throw new HsmException(HsmFailure.Unreachable, "The custom key store was disconnected in the meantime.");
    }
}
