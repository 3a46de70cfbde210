using System.Collections.Immutable;
using System.Globalization;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>Messages about keys that were, or could not be, copied to an HSM.</summary>
internal static class HsmSynchronizationReport
{
    private const int MaxNamed = 5;

    /// <summary>The notice about an HSM that still lacks keys after everything possible was done; null when it lacks none.</summary>
    public static string? Shortfall(HsmToken token, HsmSynchronization outcome)
    {
        if (outcome.NotCopied.IsEmpty)
        {
            return null;
        }

        string names = string.Join(", ", outcome.NotCopied.Take(MaxNamed).Select(static key => key.Label.Length > 0 ? key.Label : key.Id));
        string keys = $"HSM {token.TokenLabel} lacks {outcome.NotCopied.Length} key{(outcome.NotCopied.Length == 1 ? "" : "s")}";
        string why = outcome.Reason is { } reason ? $"could not be copied. {reason}" : "cannot leave the other HSMs:";
        return $"{keys} that {why} {names}{(outcome.NotCopied.Length > MaxNamed ? ", ..." : "")}. Calls with them go to the other HSMs.";
    }

    /// <summary>The notice about keys whose material no HSM holds; null when there are none.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="inventories">What its HSMs hold, as far as they answer.</param>
    /// <param name="lost">The ARNs of the keys, by their backing key IDs.</param>
    public static string? Loss(string clusterId, ImmutableArray<HsmInventory> inventories, IEnumerable<KeyValuePair<string, string>> lost)
    {
        string[] arns = [.. lost.Select(static key => key.Value).Order(StringComparer.Ordinal)];
        string answering = inventories.All(static hsm => hsm.Failure is null) ? "" : " that answers";
        return arns.Length == 0 ? null
            : $"No HSM of {clusterId}{answering} holds the material of {arns.Length} key{(arns.Length == 1 ? "" : "s")}, which cannot be "
                + $"used: {string.Join(", ", arns.Take(MaxNamed))}{(arns.Length > MaxNamed ? ", ..." : "")}.";
    }

    /// <summary>Records a copy operation that copied, or failed to copy, anything.</summary>
    public static void Record(
        Administration administration,
        Caller caller,
        string region,
        string clusterId,
        HsmToken token,
        HsmSynchronization outcome)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SynchronizeHsm, caller, region)
            .With(Members.ClusterId, clusterId).With(Members.TokenLabel, token.TokenLabel).With(Members.SerialNumber, token.SerialNumber);
        administration.Do(act, context =>
        {
            context.AdditionalEventData[Members.AlreadyThere] = outcome.AlreadyThere.ToString(CultureInfo.InvariantCulture);
            context.AdditionalEventData[Members.Copied] = outcome.Copied.ToString(CultureInfo.InvariantCulture);
            context.AdditionalEventData[Members.NotCopied] = outcome.NotCopied.Length.ToString(CultureInfo.InvariantCulture);
            return outcome;
        });
    }
}
