using System.Collections.Immutable;

namespace KmsTools.Sealing;

/// <summary>Why a seal could not be opened.</summary>
public enum SealFault
{
    /// <summary>Nothing was given that could open it.</summary>
    Locked,

    /// <summary>The bytes are not those of a seal, or were changed.</summary>
    Damaged,

    /// <summary>A later version of KmsTools made it.</summary>
    NewerVersion,

    /// <summary>
    /// A slot of another seal was put into this one, or a slot was added or taken away: what was offered is right, and opens nothing.
    /// </summary>
    ForeignSlot,

    /// <summary>The seal has no slot of that kind.</summary>
    NoSuchSlot,

    /// <summary>The passphrase is another one.</summary>
    WrongPassphrase,

    /// <summary>The recovery key is free of typing errors, and that of another seal.</summary>
    WrongRecoveryKey,

    /// <summary>The HSM answers, and its key is another one, or is not there.</summary>
    WrongHsmKey,

    /// <summary>The HSM cannot be used: its library, its token, or its PIN. The inner exception says which.</summary>
    HsmUnavailable,
}

/// <summary>A seal that cannot be opened. It was not changed. The message contains nothing secret.</summary>
public sealed class SealException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="message">The same as a sentence.</param>
    /// <param name="innerException">The cause, or null.</param>
    public SealException(SealFault fault, string message, Exception? innerException = null)
        : base(message, innerException) => Fault = fault;

    /// <summary>Why it cannot be opened.</summary>
    public SealFault Fault { get; }

    /// <summary>What opens the seal; empty where the seal itself could not be read.</summary>
    public ImmutableArray<SealSlotKind> OpenedBy { get; internal set; } = [];
}
