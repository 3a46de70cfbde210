using System.Globalization;
using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Faults;

/// <summary>
/// Dozens of faults of HSMs, each kind at least once, or hundreds in a full campaign, under a mixed load through the whole engine. Whatever happens: no wrong
/// plaintext, no lost key, no lost answer, no error that is not documented, no second try of a refused PIN, and the key store is well
/// again soon after its HSMs are.
/// </summary>
[Collection("SoftHSM")]
public sealed class FaultCampaignTests(ITestOutputHelper output)
{

    [Fact]
    public void OneHsm_MixedLoad_LosesNothing() => Run(
        hsms: 1, outages: Campaign.Length(12, 60), blips: Campaign.Length(20, 330), most: Campaign.Length(12, 115), least: Campaign.Length(
            45,
            750));

    // No call may fail that another HSM could serve.
    [Fact]
    public void TwoHsms_MixedLoad_LoseNothingAndServeWhatOneCan() => Run(
        hsms: 2, outages: Campaign.Length(10, 60), blips: Campaign.Length(15, 190), most: Campaign.Length(10, 95), least: Campaign.Length(
            15,
            160));

    [Fact]
    public void ThreeHsms_MixedLoad_LoseNothingAndServeWhatOneCan() => Run(
        hsms: 3, outages: Campaign.Length(7, 55), blips: Campaign.Length(12, 90), most: Campaign.Length(10, 70), least: Campaign.Length(
            12,
            90));

    private void Run(int hsms, int outages, int blips, int most, int least)
    {
        int seed = Campaign.Seed;
        output.WriteLine(Campaign.Repeat(seed));
        // To make an RSA key pair, by which HSMs of one cluster give each other keys, takes an HSM seconds.
        using NetworkHsmRack rack = new(hsms, timeout: hsms == 1 ? 1000 : 10_000, ownDisks: true);
        rack.Connected();
        Ledger ledger = new(rack.Kms, rack.StoreId, isAlone: hsms == 1);
        HashSet<string> before = [.. rack.Kms.Events().Select(static known => known.EventId)];
        string canary = ledger.CreateKey()?.KeyId ?? "";
        Assert.True(ledger.Violations.Count == 0, string.Join(Environment.NewLine, ledger.Violations));
        for (int key = 0; key < 10; key++)
        {
            ledger.GenerateDataKey(ledger.CreateKey()!.KeyId);
        }

        FaultCampaign campaign;
        DateTime start = DateTime.UtcNow;
        using (Load load = new(ledger, 4, seed))
        {
            campaign = new(rack, ledger, load, canary, seed);
            campaign.Run(outages, blips, least, TimeSpan.FromSeconds(most));
            ledger.Step = $"seed {seed}, after the last fault";
        }

        TimeSpan took = DateTime.UtcNow - start;
        Assert.True(ledger.Violations.Count == 0, string.Join(Environment.NewLine, ledger.Violations));
        CheckKeys(ledger);
        ledger.CompareWith(rack.Kms.Events(), before);
        CheckHsms(rack, ledger);
        Report(campaign, ledger, took);
        Assert.True(ledger.Violations.Count == 0, string.Join(Environment.NewLine, ledger.Violations));
        Assert.True(campaign.Injected >= least);
    }

    // Every key that was answered works, and every ciphertext is good.
    private static void CheckKeys(Ledger ledger)
    {
        Random random = new(0);
        foreach (string key in ledger.Keys)
        {
            if (!SpinWait.SpinUntil(() => ledger.Encrypt(key, random), TimeSpan.FromSeconds(30)))
            {
                ledger.Violate($"{key} cannot be used: {ledger.LastFailure}");
            }
        }

        HashSet<string> doomed = [.. ledger.Scheduled];
        HashSet<string> shown = [];
        foreach (Ledger.Message message in ledger.Messages.Where(message => !doomed.Contains(message.KeyId)))
        {
            if (!ledger.Decrypt(message))
            {
                ledger.Violate($"A ciphertext of {message.KeyId} is lost.");
            }

            shown.Add(message.KeyId);
        }

        Assert.Superset(ledger.Keys.ToHashSet(), shown);
    }

    // What the HSMs hold and what the store knows are the same.
    private void CheckHsms(NetworkHsmRack rack, Ledger ledger)
    {
        Dictionary<string, string> materials = [];
        HashSet<string> strays = [.. rack.Strays().Select(static stray => stray.BackingKeyId)];
        using (IStateReader reader = rack.Kms.Engine.Store.OpenReader())
        {
            foreach (string id in reader.ListKeyIds("us-east-1", null, int.MaxValue))
            {
                materials[reader.FindKey("us-east-1", id)!.Materials.Single().KeyMaterialId] = id;
            }
        }

        HashSet<string> destroyed = [.. rack.Kms.Events("DeleteKey").Where(static deletion => Status(deletion) == "SUCCESS")
            .Select(BackingKeyId)];
        HashSet<string> held = [];
        int broken = 0;
        foreach (HsmInventory hsm in rack.Inventories())
        {
            if (hsm.Failure is not null)
            {
                ledger.Violate($"{hsm.Token.TokenLabel} is not well at the end: {hsm.Failure}");
            }

            foreach (HsmKeyObject key in hsm.Keys)
            {
                held.Add(key.Id);
                broken += key.IsUsable ? 0 : 1;
                if (key.IsUsable && !materials.ContainsKey(key.Id) && !strays.Contains(key.Id))
                {
                    ledger.Violate($"{hsm.Token.TokenLabel} holds {key.Id} ({key.Label}), of which the store knows nothing.");
                }

                if (destroyed.Contains(key.Id))
                {
                    ledger.Violate($"{hsm.Token.TokenLabel} holds {key.Id}, whose destruction was reported.");
                }
            }
        }

        foreach ((string material, string key) in materials.Where(material => !held.Contains(material.Key)))
        {
            ledger.Violate($"No HSM holds {material} of key {key}.");
        }

        output.WriteLine(
            $"{materials.Count} keys, {destroyed.Count} destroyed, {strays.Count} strays, {broken} objects that were half written");
    }

    private void Report(FaultCampaign campaign, Ledger ledger, TimeSpan took)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{campaign.Injected} faults, {ledger.Calls} calls in {took.TotalSeconds:F1} s, {campaign.Repairs} token repairs"));
        output.WriteLine(string.Join(", ", campaign.Steps.Select(static step => $"{step.Value} {step.Key}")));
        output.WriteLine(ledger.Describe());
        foreach (IGrouping<string, double> kind in campaign.Recoveries
            .GroupBy(static recovery => recovery.Fault, static recovery => recovery.Seconds))
        {
            double[] sorted = [.. kind.Order()];
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  recovery after {kind.Key}: median {sorted[sorted.Length / 2]:F3} s, 95% {sorted[sorted.Length * 95 / 100]:F3} s, most "
                    + $"{sorted[^1]:F3} s, of {sorted.Length}"));
        }
    }

    private static string BackingKeyId(AuditEvent deletion) => Deletion(deletion).GetProperty("backingKeyId").GetString()!;

    private static string Status(AuditEvent deletion) => Deletion(deletion).GetProperty("deletionStatus").GetString()!;

    private static JsonElement Deletion(AuditEvent deletion)
    {
        using JsonDocument statuses = JsonDocument.Parse((string)deletion.AdditionalEventData!["backingKeysDeletionStatus"]!);
        return statuses.RootElement.EnumerateArray().Single().Clone();
    }
}
