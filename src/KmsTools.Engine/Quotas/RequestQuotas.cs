using System.Collections.Frozen;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools.Quotas;

/// <summary>
/// Throttles calls, where this is enabled in the store. The keys of a call determine which quotas it counts toward, so it is counted once
/// they are known: calls that were refused before do not count.
/// </summary>
/// <param name="counters">Counts requests across all processes that use the store.</param>
/// <param name="clock">Has the real clock: on a simulated one every call would fall into the same second.</param>
internal sealed class RequestQuotas(IRequestCounters counters, StoreClock clock)
{
    private static readonly FrozenSet<string> Cryptographic = new[]
    {
        "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "Sign", "Verify", "VerifyMac",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>A quota that a call counts toward.</summary>
    /// <param name="Quota">The quota.</param>
    /// <param name="Region">The Region whose value applies.</param>
    /// <param name="Scope">What the quota is counted over: the Region or a custom key store.</param>
    /// <param name="Requests">The number of requests that the call counts as.</param>
    /// <param name="TakenElsewhere">The part of the quota that others use.</param>
    private readonly record struct Charge(string Quota, string Region, string Scope, int Requests = 1, int TakenElsewhere = 0)
    {
        public string Counter => $"{Scope} {Quota}";

        public long Limit(QuotaLimits quotas) => Math.Max(0, quotas.In(Region, Quota) - TakenElsewhere);
    }

    /// <summary>Counts the call, once if it is made again.</summary>
    /// <exception cref="KmsException">ThrottlingException: there were too many within this second.</exception>
    public void Require(OperationContext context)
    {
        if (!context.Quotas.RequestQuotasEnabled)
        {
            return;
        }

        long second = clock.RealNow.ToUnixTimeSeconds();
        foreach (Charge charge in Charges(context))
        {
            if (context.Shared?.IsCounted(charge.Counter) == true)
            {
                continue;
            }

            if (!counters.TryCount(charge.Counter, second, charge.Requests, charge.Limit(context.Quotas)))
            {
                throw KmsErrors.Throttling();
            }

            context.Shared?.NoteCounted(charge.Counter);
        }
    }

    /// <summary>How much of the request quotas of the custom key stores that a call counts toward is used up within this second.</summary>
    public IEnumerable<CustomKeyStoreRate> Rates(OperationContext context)
    {
        if (!context.Quotas.RequestQuotasEnabled || !Cryptographic.Contains(context.Operation.Name))
        {
            yield break;
        }

        long second = clock.RealNow.ToUnixTimeSeconds();
        foreach (string id in CustomKeyStores(context))
        {
            Charge charge = ChargeOf(id, context.Region, context.State);
            yield return new CustomKeyStoreRate(
                id, context.RequireCustomKeyStore(id).Name, counters.Read(charge.Counter, second), charge.Limit(context.Quotas));
        }
    }

    private static Charge ChargeOf(string customKeyStoreId, string region, IStateReader state) => new(
        QuotaName.CustomKeyStoreRequests,
        region,
        customKeyStoreId,
        TakenElsewhere: state.FindCustomKeyStore(region, customKeyStoreId)?.CloudHsmClusterId is { } clusterId
            && state.FindCluster(clusterId) is { } cluster
            ? cluster.CommandsFromElsewhere
            : 0);

    private static IEnumerable<Charge> Charges(OperationContext context)
    {
        string operation = context.Operation.Name;
        string region = context.Region;
        if (Cryptographic.Contains(operation))
        {
            return SharedQuotas(context).Select(quota => new Charge(quota, region, region))
                .Concat(CustomKeyStores(context).Select(store => ChargeOf(store, region, context.State)));
        }

        IEnumerable<Charge> charges = [new Charge(operation, region, region)];
        return context.Request switch
        {
            // In the Region of the replica the call counts as two requests, one of which AWS makes as a dry run.
            ReplicateKeyRequest { ReplicaRegion: { } replica } => charges.Append(new Charge(nameof(CreateKey), replica, replica, 2)),
            UpdatePrimaryRegionRequest { PrimaryRegion: { } primary } => charges.Append(new Charge(operation, primary, primary)),
            _ => charges,
        };
    }

    private static IEnumerable<string> SharedQuotas(OperationContext context)
    {
        if (context.Operation.Shape.Members.FirstOrDefault(static member => member.Name == "KeyPairSpec") is { } keyPairSpec)
        {
            return [QuotaTable.KeyPairPrefix + keyPairSpec.Get(context.Request)];
        }

        // A call with two keys of one kind counts as one request.
        return context.Keys.Count == 0
            ? [QuotaName.SymmetricRequests]
            : context.Keys.Select(static key => SharedQuota(key.KeySpec)).Distinct();
    }

    private static string SharedQuota(KeySpec spec) => spec switch
    {
        KeySpec.RSA_2048 or KeySpec.RSA_3072 or KeySpec.RSA_4096 => QuotaName.RsaRequests,
        KeySpec.ECC_NIST_P256 or KeySpec.ECC_NIST_P384 or KeySpec.ECC_NIST_P521 or KeySpec.ECC_SECG_P256K1 or KeySpec.ECC_NIST_EDWARDS25519
            or KeySpec.SM2 => QuotaName.EccRequests,
        KeySpec.ML_DSA_44 or KeySpec.ML_DSA_65 or KeySpec.ML_DSA_87 => QuotaName.MlDsaRequests,
        _ => QuotaName.SymmetricRequests,
    };

    private static IEnumerable<string> CustomKeyStores(
        OperationContext context) => context.Request is GenerateRandomRequest { CustomKeyStoreId: { } id }
        ? [id]
        : context.Keys.Select(static key => key.CustomKeyStoreId).OfType<string>().Distinct();
}
