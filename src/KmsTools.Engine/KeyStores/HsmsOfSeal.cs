using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.KeyStores;

/// <summary>The HSMs whose keys open the seal of a store, and what must not happen to them and to these keys.</summary>
internal static class HsmsOfSeal
{
    /// <summary>The first HSM of a cluster that has a key that opens a seal, and that key; null if none has.</summary>
    /// <param name="seal">The seal; null for none.</param>
    /// <param name="hsms">Reaches HSMs.</param>
    /// <param name="tokens">The HSMs of the cluster.</param>
    public static (HsmToken Token, HsmPlace Place)? Find(Seal? seal, HsmConnections hsms, IReadOnlyCollection<HsmToken> tokens)
    {
        foreach (HsmPlace place in Places(seal))
        {
            using HsmUri uri = hsms.Provider.ParseUri(place.TokenUri);
            if (tokens.FirstOrDefault(uri.Token.Allows) is { } token)
            {
                return (token, place);
            }
        }

        return null;
    }

    /// <summary>Refuses to let KMS change the PIN of an HSM that opens the seal of the store.</summary>
    /// <exception cref="HsmException">NotPermitted: an HSM of the cluster does.</exception>
    public static void RequireNone(Seal? seal, HsmConnections hsms, string clusterId, IReadOnlyCollection<HsmToken> tokens)
    {
        if (Find(seal, hsms, tokens) is ({ } token, { } place))
        {
            throw new HsmException(
                HsmFailure.NotPermitted,
                $"HSM '{token.TokenLabel}' has a key that opens the seal of this store: {place.Uri}. If the password of {clusterId} is "
                    + "managed, each connect changes the PIN of the HSM, and the PIN that opens the store is not known any more.")
            {
                Cause = ErrorCause.HsmPinOpensStore,
            };
        }
    }

    /// <summary>Refuses a seal that KMS itself would make worthless: by a new PIN of the HSM, or with the deletion of a KMS key.</summary>
    /// <exception cref="HsmException">NotPermitted.</exception>
    public static void RequireLasting(Seal seal, HsmConnections hsms, IStateReader reader)
    {
        foreach (HsmPlace place in Places(seal))
        {
            if (KeyOf(Convert.ToHexStringLower(place.Id), place.Label, reader) is { } arn)
            {
                throw OfKmsKey(arn, place.TokenUri);
            }
        }

        if (FindManaged(hsms, reader, tokens => Find(seal, hsms, tokens)?.Token) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>Refuses what a PKCS#11 URI alone shows to be refused for a seal. Asks no HSM.</summary>
    /// <param name="uri">The URI of the key, or of the token for a new key.</param>
    /// <param name="hsms">Reaches HSMs.</param>
    /// <param name="reader">Has the clusters and the keys.</param>
    /// <exception cref="HsmException">NotPermitted.</exception>
    /// <exception cref="ArgumentException">The URI is malformed, has a PIN, or names no library.</exception>
    public static void RequireLasting(string uri, HsmConnections hsms, IStateReader reader)
    {
        HsmKeyUri named = HsmKeyUri.Parse(uri);
        using HsmUri token = HsmOpener.ReadToken(named, hsms.Provider);
        _ = HsmOpener.LibraryOf(token);
        if (KeyOf(named.Id, named.Label, reader) is { } arn)
        {
            throw OfKmsKey(arn, named.TokenUri);
        }

        if (FindManaged(hsms, reader, tokens => tokens.FirstOrDefault(token.Token.Allows)) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>
    /// What KMS itself does to a seal that an earlier version has made, or another store: a sentence for each, none if there is nothing.
    /// Asks no HSM.
    /// </summary>
    /// <param name="seal">The seal; null for none.</param>
    /// <param name="hsms">Reaches HSMs.</param>
    /// <param name="reader">Has the clusters and the keys.</param>
    public static IEnumerable<string> FindRisks(Seal? seal, HsmConnections hsms, IStateReader reader)
    {
        foreach (HsmPlace place in Places(seal))
        {
            if (KeyOf(Convert.ToHexStringLower(place.Id), place.Label, reader) is { } arn)
            {
                yield return DescribeLoss(arn, place);
            }
        }

        ImmutableArray<HsmCluster> managed = seal is null ? [] : [.. reader.ListClusters().Where(static cluster => cluster.ManagePassword)];
        foreach (HsmCluster cluster in managed)
        {
            if (Find(seal, hsms, cluster.Tokens) is ({ } token, { } place))
            {
                string opens = $"HSM '{token.TokenLabel}' has a key that opens the seal of this store, {place.Uri}, and is in "
                    + $"{cluster.ClusterId}, whose password is managed";
                yield return FindMaker(cluster, hsms, reader) is { } maker
                    ? $"{opens}: {maker} has changed the PIN of the HSM, and only it knows the PIN. Once no process has the store open, "
                        + (seal!.Slots.Length == 1 ? "nothing opens it." : "only what else opens the seal does.")
                        + " Before that, seal the store by something else, and make other backups."
                    : $"{opens}: the PIN that opens the store is not known any more once a connect has changed it. Seal the store by "
                        + "something else, or let the password not be managed.";
            }
        }
    }

    /// <summary>
    /// Why an HSM has refused the PIN that was to seal the store, where KMS has changed the PIN; null where it has not.
    /// </summary>
    /// <param name="openers">What was to open the seal.</param>
    /// <param name="hsms">Reaches HSMs.</param>
    /// <param name="reader">Has the clusters.</param>
    public static HsmException? FindManaged(IReadOnlyCollection<SealOpener> openers, HsmConnections hsms, IStateReader reader)
    {
        foreach (string named in openers.OfType<HsmOpener>().Select(static opener => opener.TokenUri).OfType<string>())
        {
            using HsmUri uri = hsms.Provider.ParseUri(named);
            if (FindManaged(hsms, reader, tokens => tokens.FirstOrDefault(uri.Token.Allows)) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>What the deletion of a KMS key does to the seal, as a sentence; null if nothing. Asks no HSM.</summary>
    public static string? LossWith(Key key, Seal? seal) => Places(seal)
        .FirstOrDefault(place => place.Label == key.Arn
            || key.Materials.Any(material => material.KeyMaterialId == Convert.ToHexStringLower(place.Id))) is { } place
            ? DescribeLoss(key.Arn, place)
            : null;

    private static string DescribeLoss(string arn, HsmPlace place) =>
        $"The key in the HSM that opens the seal of this store is that of {arn}: {place.Uri}. When the KMS key is deleted, "
            + "the HSM destroys it, and what it has sealed cannot be opened any more, backups too. Before that, seal the store by "
            + "something else, and make other backups.";

    private static HsmException OfKmsKey(string arn, string tokenUri) => new(
        HsmFailure.NotPermitted,
        $"The key that the PKCS#11 URI names is that of a KMS key, {arn}: when the KMS key is deleted, the HSM destroys it, and "
            + "what it has sealed cannot be opened any more. Name another key, or none: then a key is made.")
    {
        Cause = ErrorCause.KeyNotForSeal,
        TokenUri = tokenUri,
    };

    private static string? FindMaker(HsmCluster cluster, HsmConnections hsms, IStateReader reader) =>
        reader.ListCustomKeyStoresOfCluster(cluster.ClusterId).FirstOrDefault(hsms.Passwords.IsMade)?.CustomKeyStoreId;

    private static HsmException? FindManaged(
        HsmConnections hsms, IStateReader reader, Func<IReadOnlyCollection<HsmToken>, HsmToken?> find)
    {
        foreach (HsmCluster cluster in reader.ListClusters().Where(static cluster => cluster.ManagePassword))
        {
            if (find(cluster.Tokens) is { } token)
            {
                return new HsmException(
                    HsmFailure.NotPermitted,
                    $"HSM '{token.TokenLabel}' is in {cluster.ClusterId}, whose password is managed: each connect changes the PIN of the "
                        + "HSM, and the PIN that would open the store is not known any more. The store was not sealed.")
                {
                    Cause = ErrorCause.PinOfHsmIsManaged,
                    ClusterId = cluster.ClusterId,
                    CustomKeyStoreId = FindMaker(cluster, hsms, reader),
                };
            }
        }

        return null;
    }

    private static IEnumerable<HsmPlace> Places(Seal? seal) => seal is null
        ? []
        : seal.Slots.Where(static slot => slot.Kind == SealSlotKind.HSM)
            .Select(static slot => HsmPlace.Read(slot.Parameters)).OfType<HsmPlace>();

    // The label names the keys of other stores too; another program may have changed that of this one's.
    private static string? KeyOf(string? id, string? label, IStateReader reader) =>
        (id is null ? null : reader.FindKeyByBackingKey(id)?.Arn) ?? (KeyArn.TryParse(label, out _) ? label : null);
}
