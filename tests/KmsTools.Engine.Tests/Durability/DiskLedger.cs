using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools.Durability;

/// <summary>Compares a store with what <see cref="DiskWork"/> was answered there.</summary>
internal sealed class DiskLedger
{
    private readonly Dictionary<string, HashSet<string>> _facts = [];
    private readonly List<(string EventName, string Value)> _events = [];
    private readonly Dictionary<string, string> _keys = [];
    private readonly List<byte[]> _ciphertexts = [];
    private readonly List<string> _violations = [];
    private bool _isSynced;

    private DiskLedger(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            Read(line);
        }
    }

    /// <summary>Opens a store without an HSM.</summary>
    public static KmsEngine Open(string folder) => new(
        new StoreFactory().Open(TestStores.At(folder)),
        static () => new Pkcs11HsmProvider(),
        static () => throw new NotSupportedException());

    /// <summary>Opens the store and says what is wrong with it.</summary>
    public static IReadOnlyList<string> Check(string folder, IEnumerable<string> lines, bool isPowerLost)
    {
        DiskLedger ledger = new(lines);
        try
        {
            using KmsEngine engine = Open(folder);
            ledger.Check(engine, isPowerLost);
        }
        catch (Exception exception)
        {
            ledger._violations.Add($"the store cannot be checked: {exception}");
        }

        return ledger._violations;
    }

    private void Read(string line)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "known":
                _keys[words[1]] = words[2];
                _facts[$"description={words[1]}"] = [words[2]];
                _facts[$"tag={words[1]}"] = ["-"];
                _facts[$"state={words[1]}"] = ["Enabled"];
                break;
            case "try" when words[1] != "key":
                if (!_facts.TryGetValue(words[1], out HashSet<string>? values))
                {
                    _facts[words[1]] = values = ["-"];
                }

                values.Add(words[2]);
                break;
            case "done":
                _events.Add((words[3], words[1] == "key" || words[1].StartsWith("description", StringComparison.Ordinal)
                    ? words[2]
                    : words[1].Split('=')[1]));
                if (words[1] != "key")
                {
                    _facts[words[1]] = [words[2]];
                }

                break;
            case "ciphertext":
                _ciphertexts.Add(Convert.FromBase64String(words[1]));
                if (_isSynced)
                {
                    _events.Add(("Encrypt", words[2]));
                }

                break;
            case "synced":
                _isSynced = true;
                break;
            case "unclear":
                _violations.Add(line);
                break;
        }
    }

    private void Check(KmsEngine engine, bool isPowerLost)
    {
        foreach ((string fact, HashSet<string> allowed) in _facts)
        {
            string now = ReadFact(engine, fact);
            Require(allowed.Contains(now), $"{fact} is {now}, not one of {string.Join(", ", allowed)}");
        }

        foreach (byte[] ciphertext in _ciphertexts)
        {
            KeyState state = engine.Execute(new DescribeKeyRequest { KeyId = KeyOf(engine, ciphertext) }).KeyMetadata.KeyState;
            Require(state is KeyState.Enabled or KeyState.PendingDeletion, $"a key that has encrypted is {state}");
        }

        AuditEvent[] events = [.. engine.FindEvents(new EventQuery()).Where(static audit => audit.ErrorCode is null)];
        Require(events.DistinctBy(static audit => audit.EventId).Count() == events.Length, "an event is there twice");
        foreach ((string eventName, string value) in _events.Distinct())
        {
            int made = events.Count(
                audit => audit.EventName == eventName && audit.CloudTrailEvent.Contains(value, StringComparison.Ordinal));
            Require(made == 1 || eventName == "UpdateAlias", $"{made} events {eventName} of {value}");
        }

        string[] keys = [.. engine.Execute(new ListKeysRequest { Limit = 1000 }).Keys.Select(static key => key.KeyId)];
        Require(_keys.Keys.All(keys.Contains), "a key that was answered is not listed");
        foreach (string key in keys)
        {
            int made = events.Count(audit => audit.EventName == "CreateKey"
                && audit.Resources.Any(arn => arn.EndsWith(key, StringComparison.Ordinal)));
            Require(made == 1, $"{made} events CreateKey of {key}");
        }

        Require(
            events.Count(static audit => audit.EventName == "CreateKey") == keys.Length,
            "there are events CreateKey of keys that do not exist");
        foreach (EventSegmentVerification segment in engine.Store.Events.Verify([]))
        {
            // A loss of power may leave what was not synced in another order: the log says so, and continues with another segment.
            Require(
                segment.Status == EventSegmentStatus.OK || (isPowerLost && segment.Status == EventSegmentStatus.DAMAGED),
                $"segment {segment.Number} is {segment.Status} at {segment.Position}");
        }

        string added = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        Require(engine.Execute(new DescribeKeyRequest { KeyId = added }).KeyMetadata.Enabled == true, "the store takes no change");
    }

    private string KeyOf(KmsEngine engine, byte[] ciphertext)
    {
        try
        {
            DecryptResponse response = engine.Execute(new DecryptRequest { CiphertextBlob = ciphertext });
            Require(response.Plaintext!.ToArray() is [1, 2, 3], "a ciphertext has another plaintext");
            return response.KeyId!;
        }
        catch (KmsException exception) when (exception.ErrorCode == "KMSInvalidStateException")
        {
            return exception.KeyArn!;
        }
    }

    private static string ReadFact(KmsEngine engine, string fact)
    {
        string[] parts = fact.Split('=');
        try
        {
            return parts[0] switch
            {
                "alias" => engine.Execute(new DescribeKeyRequest { KeyId = parts[1] }).KeyMetadata.KeyId,
                "description" => engine.Execute(new DescribeKeyRequest { KeyId = parts[1] }).KeyMetadata.Description,
                "state" => engine.Execute(new DescribeKeyRequest { KeyId = parts[1] }).KeyMetadata.KeyState.ToString(),
                _ => engine.Execute(new ListResourceTagsRequest { KeyId = parts[1] }).Tags.SingleOrDefault()?.TagValue ?? "-",
            };
        }
        catch (KmsException exception) when (exception.ErrorCode == "NotFoundException" && parts[0] == "alias")
        {
            return "-";
        }
    }

    private void Require(bool isMet, string otherwise)
    {
        if (!isMet)
        {
            _violations.Add(otherwise);
        }
    }
}
