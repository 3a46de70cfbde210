using System.Management.Automation;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>What a user of PowerShell can do about a shared store that cannot be used.</summary>
internal static class SharedStoreAdvice
{
    private const string Topic = "Get-Help about_KmsTools_SharedStore describes what a shared store needs.";

    /// <summary>The record of such an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="fault">Why the store cannot be used.</param>
    /// <param name="target">What the user has given.</param>
    public static ErrorRecord Record(Exception error, SharedStoreFault fault, object? target) => new(
        error, Id(fault), Category(fault), fault == SharedStoreFault.PasswordInConnectionString ? null : target)
    {
        ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = Of(fault) },
    };

    private static string Id(SharedStoreFault fault) => fault switch
    {
        SharedStoreFault.DatabaseAway => "DatabaseAway",
        SharedStoreFault.AccessDenied => "DatabaseAccessDenied",
        SharedStoreFault.NotTrusted => "DatabaseNotTrusted",
        SharedStoreFault.PasswordInConnectionString => "PasswordInConnectionString",
        SharedStoreFault.NotInitialized => "DatabaseNotInitialized",
        SharedStoreFault.OlderSchema => "DatabaseOlder",
        SharedStoreFault.NewerSchema => "DatabaseNewer",
        SharedStoreFault.NoStore => "StoreNotFound",
        SharedStoreFault.RootKeyFileMissing => "RootKeyFileMissing",
        SharedStoreFault.OtherRootKey => "RootKeyFileOfOtherStore",
        SharedStoreFault.OlderRootKey => "RootKeyFileOlder",
        _ => "StateStoreError",
    };

    private static ErrorCategory Category(SharedStoreFault fault) => fault switch
    {
        SharedStoreFault.AccessDenied or SharedStoreFault.NotTrusted => ErrorCategory.AuthenticationError,
        SharedStoreFault.PasswordInConnectionString => ErrorCategory.InvalidArgument,
        SharedStoreFault.NoStore or SharedStoreFault.RootKeyFileMissing => ErrorCategory.ObjectNotFound,
        SharedStoreFault.OtherRootKey or SharedStoreFault.OlderRootKey => ErrorCategory.InvalidData,
        _ => ErrorCategory.ResourceUnavailable,
    };

    private static string Of(SharedStoreFault fault) => fault switch
    {
        SharedStoreFault.DatabaseAway =>
            "Check that its servers are up and reachable from this machine. A store that is open goes on by itself once the database "
                + "answers.",
        SharedStoreFault.AccessDenied =>
            "Check the Username, and the password: -PasswordFile, PGPASSWORD or ~/.pgpass. Initialize-KmsDatabase -Role gives a role the "
                + "rights that it needs.",
        SharedStoreFault.NotTrusted =>
            "Ask who runs the server for the certificate of its CA, and for the name in the certificate of the server. " + Topic,
        SharedStoreFault.PasswordInConnectionString =>
            "Write the password to a file that only you can read, and give it with -PasswordFile, or add it to ~/.pgpass. Then change the "
                + "password: histories and logs may have it.",
        SharedStoreFault.NotInitialized =>
            "Make the tables as the owner of the database: Initialize-KmsDatabase -ConnectionString '...' -Role ...",
        SharedStoreFault.OlderSchema =>
            "Once all machines have this version: Initialize-KmsDatabase -ConnectionString '...', as the owner of the database.",
        SharedStoreFault.NewerSchema => "Install the version of KmsTools that the other machines have.",
        SharedStoreFault.NoStore => "Connect-Kms with the same connection string makes the store.",
        SharedStoreFault.RootKeyFileMissing =>
            "Give it with -RootKeyFile, that of a copy with -DestinationRootKeyFile, or in the variable KMSTOOLS_ROOT_KEY_FILE: a new file "
                + "for a new store, and otherwise a copy of the file of a machine that uses the store. " + Topic,
        SharedStoreFault.OtherRootKey =>
            "Give the root key file of this store with -RootKeyFile: a copy of the one of a machine that uses it.",
        SharedStoreFault.OlderRootKey =>
            "The root key was rotated since. Copy the root key file again from a machine that uses the store.",
        _ => Topic,
    };
}
