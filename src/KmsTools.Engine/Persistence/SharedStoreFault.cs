namespace KmsTools.Persistence;

/// <summary>
/// Why a shared store cannot be used, where that is something to do about. A fact: what a user can do is said where the error is shown.
/// </summary>
public enum SharedStoreFault
{
    /// <summary>The database does not answer, or none of its servers takes changes now.</summary>
    DatabaseAway,

    /// <summary>The database has refused the role or its password, or the role lacks a right.</summary>
    AccessDenied,

    /// <summary>The server has not shown a certificate that is trusted, or a certificate that was named cannot be read.</summary>
    NotTrusted,

    /// <summary>The connection string contains a password.</summary>
    PasswordInConnectionString,

    /// <summary>The database has no tables of a store in the schema.</summary>
    NotInitialized,

    /// <summary>The tables are of an earlier version.</summary>
    OlderSchema,

    /// <summary>The tables are of a later version.</summary>
    NewerSchema,

    /// <summary>The tables are empty, and the store was to be opened only if it exists.</summary>
    NoStore,

    /// <summary>The store is not sealed, and there is no root key file.</summary>
    RootKeyFileMissing,

    /// <summary>The root key file is that of another store.</summary>
    OtherRootKey,

    /// <summary>The root key was rotated while this machine was away: its root key file lacks the generation of the store.</summary>
    OlderRootKey,
}
