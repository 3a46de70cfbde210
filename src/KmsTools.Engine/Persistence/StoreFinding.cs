namespace KmsTools.Persistence;

/// <summary>What the verification of a store can find.</summary>
public enum StoreFindingKind
{
    /// <summary>
    /// A file cannot be read correctly: SQLite, or the chain of its events, finds damage in it, or its schema was changed. Of a shared
    /// store: the database cannot be read or its triggers were changed, its root key is not that of the store, or the chain of a segment
    /// of the event log is broken.
    /// </summary>
    FILE_DAMAGED,

    /// <summary>A record was changed outside of KmsTools, or is damaged. It is refused wherever it is read.</summary>
    RECORD_CHANGED,

    /// <summary>
    /// A record belongs to another one that does not exist, a number of records is not what was counted, or a key lacks a record of its
    /// material.
    /// </summary>
    RECORDS_MISSING,

    /// <summary>Key material, a password, a PIN or a secret access key cannot be unwrapped.</summary>
    SECRET_UNREADABLE,

    /// <summary>The event log has events of changes that the state does not have.</summary>
    CHANGES_LOST,

    /// <summary>No HSM of the cluster holds the material of a key: what it encrypted cannot be decrypted.</summary>
    KEY_WITHOUT_MATERIAL,

    /// <summary>Some HSMs lack the material of a key: it is lost once the others are lost.</summary>
    KEY_NOT_ON_ALL_HSMS,

    /// <summary>HSMs hold material that no key uses.</summary>
    MATERIAL_WITHOUT_KEY,

    /// <summary>Something could not be compared; the message says why.</summary>
    NOT_COMPARED,

    /// <summary>KMS itself can take away what opens the seal of the store; the message says how, and what to do before.</summary>
    SEAL_AT_RISK,
}

/// <summary>One thing that the verification of a store found.</summary>
/// <param name="Kind">What kind of thing it is.</param>
/// <param name="Subject">What it is about: a file, a record, a key or a cluster.</param>
/// <param name="Message">What was found, and what it means.</param>
public sealed record StoreFinding(StoreFindingKind Kind, string Subject, string Message)
{
    /// <summary>Whether something of the store is lost or wrong. Otherwise it is only worth knowing.</summary>
    public bool IsDamage => Kind is not (StoreFindingKind.MATERIAL_WITHOUT_KEY
        or StoreFindingKind.NOT_COMPARED or StoreFindingKind.SEAL_AT_RISK);

    /// <summary>The damaged file (full path), or null.</summary>
    public string? Path { get; init; }

    /// <summary>The table of the damaged record, or null.</summary>
    public string? Table { get; init; }

    /// <summary>The damaged record: the columns of its primary key with their values; or null.</summary>
    public string? Record { get; init; }

    /// <summary>The key that it is about (ARN), or null.</summary>
    public string? KeyArn { get; init; }

    /// <summary>The cluster of HSMs that it is about, or null.</summary>
    public string? ClusterId { get; init; }
}

/// <summary>How much of the files of a store was verified.</summary>
/// <param name="Records">The number of records whose MAC was verified.</param>
/// <param name="NewestChange">The number of the newest change that the state has; 0 if there is none.</param>
/// <param name="NewestLoggedChange">The number of the newest change whose event is in the event log; 0 if there is none.</param>
public sealed record StoreFileVerification(long Records, long NewestChange, long NewestLoggedChange);

/// <summary>The result of the verification of a store.</summary>
public sealed record StoreVerification
{
    /// <summary>The folder of the store.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Whether nothing of what was verified is damaged. Findings of the kind NOT_COMPARED say what was not verified, and why.
    /// </summary>
    public bool IsWhole => Damages == 0;

    /// <summary>The number of findings that are damage.</summary>
    public required int Damages { get; init; }

    /// <summary>The number of findings that are only worth knowing.</summary>
    public required int Notes { get; init; }

    /// <summary>The number of records whose MAC was verified.</summary>
    public required long Records { get; init; }

    /// <summary>The number of keys that were read.</summary>
    public required long Keys { get; init; }

    /// <summary>The number of secrets that were unwrapped: key material in software, passwords, PINs, secret access keys.</summary>
    public required long Secrets { get; init; }

    /// <summary>The number of events that were verified.</summary>
    public required long Events { get; init; }

    /// <summary>The number of the newest change that the state has; 0 if there is none.</summary>
    public required long NewestChange { get; init; }

    /// <summary>The clusters whose HSMs were compared with the keys of the store.</summary>
    public required IReadOnlyList<string> ComparedClusters { get; init; }

    /// <summary>When the verification began (UTC, by the real clock).</summary>
    public required DateTime StartTime { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
