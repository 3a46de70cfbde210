using System.Collections.Immutable;
using System.Security;

namespace KmsTools;

/// <summary>The seal of a store, as Protect-KmsStore has made it.</summary>
public sealed record KmsSeal
{
    /// <summary>Where the store is: its folder, or its database.</summary>
    public required string Path { get; init; }

    /// <summary>What opens the store: each of these.</summary>
    public required ImmutableArray<SealSlotKind> OpenedBy { get; init; }

    /// <summary>The PKCS#11 URI of the key in an HSM that opens the store, without a PIN; null if there is none.</summary>
    public string? HsmUri { get; init; }

    /// <summary>
    /// The recovery key, which nothing shows again: <c>ConvertFrom-SecureString -AsPlainText</c> gives its text. Null if there is none, or
    /// if it was written to a file.
    /// </summary>
    public SecureString? RecoveryKey { get; init; }

    /// <summary>The file that the recovery key was written to; null if it was not.</summary>
    public string? RecoveryKeyFile { get; init; }
}
