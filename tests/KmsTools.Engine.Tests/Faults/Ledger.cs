using System.Collections.Concurrent;
using KmsTools.Auditing;
using KmsTools.Operations;

namespace KmsTools.Faults;

/// <summary>
/// What a load called and what it was answered, to be compared with what is there at the end. Every violation of a rule is kept with
/// the step of the campaign that it happened in.
/// </summary>
/// <param name="kms">The KMS.</param>
/// <param name="storeId">The custom key store.</param>
/// <param name="isAlone">Whether the HSM is the only one of its cluster, so that no other can serve its calls.</param>
internal sealed class Ledger(KmsFixture kms, string storeId, bool isAlone)
{
    // What 8.10 of the reference allows while HSMs fail, and nothing else. A key whose material is there is never said to have none,
    // and a good ciphertext is never said to be a bad one.
    private static readonly (string Code, string Message)[] Allowed =
    [
        ("KMSInvalidStateException", "KMS cannot communicate with your CloudHSM cluster"),
        ("KMSInvalidStateException", "The CloudHSM cluster refused the request: "),
        ("DependencyTimeoutException", "KMS cannot communicate with your CloudHSM cluster: "),
        ("KMSInternalException", "The CloudHSM cluster refused the request: "),
        ("KMSInternalException", "The CloudHSM cluster has no PKCS #11 session free. Try again. "),
    ];

    // What a call may be answered while the operator has the store disconnected to change its password.
    private static readonly (string Code, string Message)[] AllowedWhileDisconnected =
    [
        ("KMSInvalidStateException", " is unavailable."),
        ("CustomKeyStoreInvalidStateException", ""),
        ("KMSInternalException", " was connected again while its HSMs generated the key material. Try again."),
    ];

    private readonly ConcurrentDictionary<(string Operation, string Error), int> _answers = new();
    private readonly ConcurrentDictionary<string, int> _kinds = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<string, KeyMetadata> _keys = new();
    private readonly ConcurrentDictionary<string, bool> _scheduled = new();
    private readonly ConcurrentQueue<Message> _alone = new();
    private readonly Lock _messagesLock = new();
    private readonly List<Message> _messages = [];
    private int _calls;

    /// <summary>What calls have to reckon with.</summary>
    /// <param name="IsFaulty">An HSM is not well: CreateKey, which needs all of them, may fail, and any call when it is alone.</param>
    /// <param name="IsDisconnected">The operator has the store disconnected.</param>
    /// <param name="Faults">How many faults there were, so that a call notices one that came and went.</param>
    /// <param name="Disconnects">How often the operator disconnected.</param>
    public sealed record Conditions(
        bool IsFaulty = false, bool IsDisconnected = false, int Faults = 0, int Disconnects = 0);

    /// <summary>A ciphertext, and what it must decrypt to.</summary>
    public sealed record Message(string KeyId, byte[] Ciphertext, byte[] Plaintext);

    /// <summary>What the campaign does now, for the text of a violation.</summary>
    public string Step { get; set; } = "start";

    /// <summary>What calls have to reckon with now.</summary>
    public volatile Conditions Now = new();

    /// <summary>Keys that not every HSM of the cluster may hold, because one was faulty when they were made.</summary>
    public ConcurrentDictionary<string, bool> Partial { get; } = new();

    public int Calls => _calls;

    /// <summary>How the last call that failed was answered, for the text of a violation.</summary>
    public string LastFailure { get; private set; } = "none";

    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Keys in use: answered and not scheduled for deletion.</summary>
    public string[] Keys => [.. _keys.Keys];

    /// <summary>Keys that were answered and then scheduled for deletion.</summary>
    public IEnumerable<string> Scheduled => _scheduled.Keys;

    /// <summary>Every ciphertext that was answered.</summary>
    public Message[] Messages
    {
        get
        {
            lock (_messagesLock)
            {
                return [.. _messages, .. _alone];
            }
        }
    }

    public string Describe() => string.Join(
        Environment.NewLine,
        _kinds.OrderByDescending(static kind => kind.Value).Select(static kind => $"  {kind.Value,7} {kind.Key}"));

    /// <summary>Makes a key.</summary>
    /// <param name="isShared">
    /// Whether the load may choose it. A key that one thread disables or deletes is its own from the beginning.
    /// </param>
    public KeyMetadata? CreateKey(bool isShared = true)
    {
        Conditions begun = Now;
        KeyMetadata? key = Call(
            "CreateKey", "", () => kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = storeId }).KeyMetadata);
        if (key is not null)
        {
            if (begun.IsFaulty || begun.Faults != Now.Faults)
            {
                Partial[key.KeyId] = true;
            }

            if (isShared)
            {
                _keys[key.KeyId] = key;
            }
        }

        return key;
    }

    public void Describe(string keyId) => Call("DescribeKey", keyId, () => kms.Describe(keyId));

    public bool Encrypt(string keyId, Random random)
    {
        byte[] plaintext = new byte[random.Next(1, 200)];
        random.NextBytes(plaintext);
        byte[]? ciphertext = Call(
            "Encrypt", keyId, () => kms.Call(new EncryptRequest { KeyId = keyId, Plaintext = plaintext }).CiphertextBlob.ToArray());
        if (ciphertext is not null)
        {
            Keep(new(keyId, ciphertext, plaintext));
        }

        return ciphertext is not null;
    }

    public void GenerateDataKey(string keyId)
    {
        GenerateDataKeyResponse? made = Call(
            "GenerateDataKey", keyId, () => kms.Call(new GenerateDataKeyRequest { KeyId = keyId, KeySpec = "AES_256" }));
        if (made is not null)
        {
            Keep(new(keyId, made.CiphertextBlob.ToArray(), made.Plaintext!.ToArray()));
        }
    }

    public bool Decrypt(Message message)
    {
        byte[]? plaintext = Call("Decrypt", message.KeyId, () => kms.Decrypt(message.Ciphertext));
        if (plaintext is not null && !plaintext.AsSpan().SequenceEqual(message.Plaintext))
        {
            Violate($"Decrypt with {message.KeyId} gave a wrong plaintext.");
        }

        return plaintext is not null;
    }

    public Message? SomeMessage(Random random)
    {
        lock (_messagesLock)
        {
            return _messages.Count == 0 ? null : _messages[random.Next(_messages.Count)];
        }
    }

    /// <summary>Encrypts, to see whether that works.</summary>
    public bool TryEncrypt(string keyId) => Call("Encrypt", keyId, () => kms.Encrypt(keyId)) is not null;

    /// <summary>Encrypts with a key that its thread has for itself, so that no other thread tries to decrypt that.</summary>
    public void EncryptAlone(string keyId, Random random)
    {
        byte[] plaintext = new byte[random.Next(1, 200)];
        random.NextBytes(plaintext);
        byte[]? ciphertext = Call(
            "Encrypt", keyId, () => kms.Call(new EncryptRequest { KeyId = keyId, Plaintext = plaintext }).CiphertextBlob.ToArray());
        if (ciphertext is not null)
        {
            _alone.Enqueue(new(keyId, ciphertext, plaintext));
        }
    }

    public bool Schedule(string keyId) =>
        Call(
            "ScheduleKeyDeletion",
            keyId,
            () => kms.Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 })) is not null;

    /// <summary>Schedules a key that nobody uses.</summary>
    public void Doom(KeyMetadata key)
    {
        if (Schedule(key.KeyId))
        {
            _scheduled[key.KeyId] = true;
        }
        else
        {
            _keys[key.KeyId] = key;
        }
    }

    public void Cancel(string keyId)
    {
        Call("CancelKeyDeletion", keyId, () => kms.Call(new CancelKeyDeletionRequest { KeyId = keyId }));
        Call("EnableKey", keyId, () => kms.Call(new EnableKeyRequest { KeyId = keyId }));
    }

    /// <summary>Compares the answers with the events of the store: one event for each call, with the same outcome.</summary>
    /// <param name="events">All events of the store.</param>
    /// <param name="before">The IDs of those that were there before the load.</param>
    public void CompareWith(IEnumerable<AuditEvent> events, IReadOnlySet<string> before)
    {
        Dictionary<(string, string), int> recorded = events
            .Where(recorded => recorded.EventType == "AwsApiCall" && !before.Contains(recorded.EventId)
                && _answers.Keys.Any(key => key.Operation == recorded.EventName))
            .GroupBy(static recorded => (recorded.EventName, recorded.ErrorCode ?? ""))
            .ToDictionary(static group => group.Key, static group => group.Count());
        foreach ((string, string) kind in _answers.Keys.Union(recorded.Keys))
        {
            int answered = _answers.GetValueOrDefault(kind);
            int found = recorded.GetValueOrDefault(kind);
            if (answered != found)
            {
                Violate($"{kind}: {answered} calls were answered, {found} have an event.");
            }
        }
    }

    public void Violate(string text)
    {
        if (_violations.Count < 20)
        {
            _violations.Enqueue($"[{Step}] {text}");
        }
    }

    private void Keep(Message message)
    {
        lock (_messagesLock)
        {
            _messages.Add(message);
        }
    }

    private T? Call<T>(string operation, string keyId, Func<T> call)
        where T : class
    {
        Interlocked.Increment(ref _calls);
        string step = Step;
        Conditions begun = Now;
        try
        {
            T answer = call();
            Count(operation, "", "answered");
            return answer;
        }
        catch (KmsException exception)
        {
            LastFailure = $"{operation} {exception.ErrorCode}: {exception.Message} {exception.InnerException?.Message}";
            Count(operation, exception.ErrorCode, $"{exception.ErrorCode}: {Kind(exception.Message)}");
            Conditions now = Now;
            bool wasFaulty = begun.IsFaulty || now.IsFaulty || begun.Faults != now.Faults;
            bool wasDisconnected = begun.IsDisconnected || now.IsDisconnected || begun.Disconnects != now.Disconnects;
            bool mayFail = wasDisconnected || Partial.ContainsKey(keyId) || (wasFaulty && (isAlone || operation == "CreateKey"));
            bool known = (mayFail && Is(exception, Allowed)) || (wasDisconnected && Is(exception, AllowedWhileDisconnected));
            if (!known)
            {
                Violate($"{operation} (begun in [{step}]) {exception.ErrorCode}: {exception.Message} {exception.InnerException?.Message}");
            }
        }
        catch (Exception exception)
        {
            Count(operation, "?", exception.GetType().Name);
            Violate($"{operation} (begun in [{step}]) {exception}");
        }

        return null;
    }

    private static bool Is(KmsException error, (string Code, string Message)[] known) =>
        known.Any(kind => kind.Code == error.ErrorCode && error.Message.Contains(kind.Message, StringComparison.Ordinal));

    private void Count(string operation, string error, string kind)
    {
        _answers.AddOrUpdate((operation, error), 1, static (_, count) => count + 1);
        _kinds.AddOrUpdate($"{operation} {kind}", 1, static (_, count) => count + 1);
    }

    // Messages of one kind differ in key and handle.
    private static string Kind(string message) => message.StartsWith("arn:", StringComparison.Ordinal)
        ? message[(message.IndexOf(' ') + 1)..]
        : message.Length > 110 ? message[..110] : message;
}
