using System.Collections.Frozen;
using System.Management.Automation;
using System.Security.Cryptography;
using KmsTools.EnvelopeEncryption;
using KmsTools.Estates;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Makes error records: id is the code of the AWS error, with a category, the user's own input as target, and what to do.</summary>
internal static class KmsErrorRecord
{
    private static readonly FrozenDictionary<string, (ErrorCategory Category, string Action)> ByCode =
        new Dictionary<string, (ErrorCategory, string)>(StringComparer.Ordinal)
        {
            ["NotFoundException"] = (ErrorCategory.ObjectNotFound, "Get-KmsKeyList and Get-KmsAliasList show what there is."),
            ["CustomKeyStoreNotFoundException"] = (ErrorCategory.ObjectNotFound, "Get-KmsCustomKeyStore shows the custom key stores."),
            ["CloudHsmResourceNotFoundException"] = (ErrorCategory.ObjectNotFound, "Get-KmsHsmClusterBackup shows the backups."),
            ["CloudHsmClusterNotFoundException"] = (ErrorCategory.ObjectNotFound, "Get-KmsHsmCluster shows the clusters."),
            ["ValidationException"] = (ErrorCategory.InvalidArgument, "Correct the parameters that the message names."),
            ["InvalidArnException"] = (ErrorCategory.InvalidArgument, "A key ARN reads arn:aws:kms:<region>:<account>:key/<key id>."),
            ["InvalidAliasNameException"] = (ErrorCategory.InvalidArgument, "An alias reads alias/<name>."),
            ["InvalidMarkerException"] = (ErrorCategory.InvalidArgument, "Use the NextMarker of the response before, or leave -Marker out."),
            ["TagException"] = (ErrorCategory.InvalidArgument, "Correct the tags that the message names."),
            ["MalformedPolicyDocumentException"] = (ErrorCategory.InvalidArgument, "Correct the policy."),
            ["InvalidGrantIdException"] = (ErrorCategory.InvalidArgument, "Get-KmsGrantList shows the grants of a key."),
            ["InvalidGrantTokenException"] = (ErrorCategory.InvalidArgument, "Use the token that New-KmsGrant returned."),
            ["AccessDeniedException"] = (ErrorCategory.PermissionDenied, "Check the account, the Region and the policy of the key."),
            ["NotAuthorizedException"] = (ErrorCategory.PermissionDenied, "Choose a name that does not begin with alias/aws/."),
            ["AlreadyExistsException"] = (ErrorCategory.ResourceExists, "Choose another name, or Update-KmsAlias to point the alias to another key."),
            ["CustomKeyStoreNameInUseException"] = (ErrorCategory.ResourceExists, "Choose another name."),
            ["CloudHsmClusterInUseException"] = (ErrorCategory.ResourceExists, "Get-KmsCustomKeyStore shows the store that uses the cluster."),
            ["XksKeyAlreadyInUseException"] = (ErrorCategory.ResourceExists, "Choose another external key."),
            ["LimitExceededException"] = (ErrorCategory.LimitsExceeded, "Remove what is no longer needed."),
            ["ThrottlingException"] = (ErrorCategory.LimitsExceeded, "Try again later."),
            ["KMSInvalidStateException"] = (ErrorCategory.InvalidOperation, "Get-KmsKey shows the state of the key."),
            ["DisabledException"] = (ErrorCategory.InvalidOperation, "Enable-KmsKey enables the key."),
            ["ConflictException"] = (ErrorCategory.InvalidOperation, "Let the call that is under way finish, then try again."),
            ["InvalidKeyUsageException"] = (ErrorCategory.InvalidOperation, "Use a key whose KeyUsage and KeySpec allow this."),
            ["CustomKeyStoreInvalidStateException"] = (ErrorCategory.InvalidOperation, "Get-KmsCustomKeyStore shows the connection state."),
            ["CustomKeyStoreHasCMKsException"] = (ErrorCategory.InvalidOperation, "Register-KmsKeyDeletion schedules the deletion of its keys."),
            ["CloudHsmClusterNotActiveException"] = (ErrorCategory.InvalidOperation, "Get-KmsHsmCluster shows the HSMs."),
            ["CloudHsmClusterInvalidConfigurationException"] = (ErrorCategory.InvalidOperation, "Get-KmsHsmCluster shows the HSMs."),
            ["CloudHsmClusterNotRelatedException"] = (ErrorCategory.InvalidOperation, "Register the cluster with the same -TrustAnchorCertificate."),
            ["DryRunOperationException"] = (ErrorCategory.OperationStopped, "Leave -DryRun out to make the call."),
            ["KeyUnavailableException"] = (ErrorCategory.ResourceUnavailable, "Try again."),
            ["KMSInternalException"] = (ErrorCategory.ResourceUnavailable, "Try again. Get-KmsConnection shows the store."),
            ["DependencyTimeoutException"] = (ErrorCategory.OperationTimeout, "Try again."),
            ["UnsupportedOperationException"] = (ErrorCategory.NotImplemented, "Use a key or parameters that support this."),
            ["InvalidCiphertextException"] = (ErrorCategory.InvalidData, "The ciphertext is damaged or foreign, or the encryption context differs."),
            ["IncorrectKeyException"] = (ErrorCategory.InvalidData, "Leave -KeyId out, or name the key that made the ciphertext."),
            ["IncorrectKeyMaterialException"] = (ErrorCategory.InvalidData, "Import the same bytes as the first time, 32 bytes for a symmetric key."),
            ["IncorrectTrustAnchorException"] = (ErrorCategory.InvalidData, "Get-KmsHsmCluster shows the certificate."),
            ["InvalidImportTokenException"] = (ErrorCategory.InvalidData, "Run Get-KmsParametersForImport again."),
            ["ExpiredImportTokenException"] = (ErrorCategory.InvalidData, "Run Get-KmsParametersForImport again."),
            ["KMSInvalidSignatureException"] = (ErrorCategory.InvalidData, "Message, signature, key and algorithm must all be those of the signing."),
            ["KMSInvalidMacException"] = (ErrorCategory.InvalidData, "Message, MAC, key and algorithm must all be those of the generation."),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The record of an error, or null when the error is not one to explain.</summary>
    /// <param name="error">The error.</param>
    /// <param name="target">What the user has given.</param>
    /// <param name="hint">What the user may have meant with a name that was not found.</param>
    public static ErrorRecord? Of(Exception error, object? target, Func<KmsException, string?> hint) => error switch
    {
        KmsException kms => OfKms(kms, target, hint),
        HsmException hsm => Record(hsm, $"Hsm{hsm.Failure}", Category(hsm.Failure), target, hsm.Message, Action(hsm.Failure)),
        EnvelopeException envelope => Record(
            envelope, envelope.Failure.ToString(), Category(envelope.Failure), target, target is string file ? $"'{file}': {envelope.Message}" : envelope.Message, envelope.RecommendedAction),
        StateStoreException => Record(
            error, "StateStoreError", ErrorCategory.ResourceUnavailable, target, error.Message, "Get-KmsConnection shows the store, Connect-Kms opens another one."),
        ObjectDisposedException => Record(
            error, "ConnectionClosed", ErrorCategory.ConnectionError, target, "The connection was closed while it was in use.", "Connect-Kms opens the store again."),
        CryptographicException => Record(error, "CryptographicError", ErrorCategory.InvalidData, target, error.Message, "Check the bytes that were given."),
        SessionStateException { ErrorRecord: { } record } => Record(
            error, record.FullyQualifiedErrorId, record.CategoryInfo.Category, target, error.Message, "Check the path. Get-ChildItem shows what there is."),
        ArgumentException argument => Record(
            error, "InvalidArgument", ErrorCategory.InvalidArgument, target, WithoutParameterName(argument), "Correct the parameter that the message names."),
        InvalidOperationException when error.GetType() == typeof(InvalidOperationException) => Record(
            error, "InvalidOperation", ErrorCategory.InvalidOperation, target, error.Message, "Get-KmsConnection shows the store and its clock."),
        DllNotFoundException or BadImageFormatException or FileNotFoundException or TypeInitializationException or TypeLoadException => Record(
            error, "DependencyNotLoaded", ErrorCategory.NotInstalled, target, error.GetBaseException().Message, "Install the module again: files of its Dependencies folder are missing."),
        UnauthorizedAccessException => Record(
            error, "StoreAccessDenied", ErrorCategory.PermissionDenied, target, error.Message, "The folder of a store belongs to its user: Connect-Kms -Path names another one."),
        IOException => Record(error, "StoreIOError", ErrorCategory.ResourceUnavailable, target, error.Message, "Check the path and the free space of the disk."),
        _ => null,
    };

    /// <summary>The record for an estate that cannot be brought about. Its ID is the code of the AWS error, where a call was refused.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="file">The file, as the user named it.</param>
    public static ErrorRecord OfEstate(EstateException error, string file)
    {
        string message = error.Describe(file);
        return error.InnerException is KmsException kms && OfKms(kms, file, static _ => null) is var cause
            ? new ErrorRecord(error, cause.FullyQualifiedErrorId, cause.CategoryInfo.Category, file)
            {
                ErrorDetails = new ErrorDetails(message) { RecommendedAction = $"{cause.ErrorDetails.RecommendedAction} Then run the import again: it goes on where it ended." },
            }
            : Record(error, "InvalidEstate", ErrorCategory.InvalidData, file, message, "Correct the lines that the message names, then run the import again.");
    }

    /// <summary>The record for a file of an estate that is not there.</summary>
    /// <param name="file">The full path.</param>
    /// <param name="path">What the user has given.</param>
    public static ErrorRecord NoEstate(string file, string path)
    {
        string message = $"There is no file {file}.";
        return Record(
            new ItemNotFoundException(message), "EstateNotFound", ErrorCategory.ObjectNotFound, path, message, "Check the path. Export-KmsEstate writes such a file.");
    }

    /// <summary>The record for a file that an estate would replace.</summary>
    /// <param name="file">The full path.</param>
    /// <param name="path">What the user has given.</param>
    public static ErrorRecord EstateExists(string file, string path)
    {
        string message = $"The file {file} exists already.";
        return Record(new IOException(message), "NoClobber", ErrorCategory.ResourceExists, path, message, "Give another -Path, or leave -NoClobber out.");
    }

    /// <summary>The record for an access key that is not there.</summary>
    public static ErrorRecord NoAccessKey(KmsEngine engine, string accessKeyId) => NotFound(
        "AccessKeyNotFound",
        $"There is no access key {accessKeyId}.",
        accessKeyId,
        engine.AccessKeys.List().Select(static key => key.AccessKeyId),
        "Get-KmsAccessKey shows the access keys.");

    /// <summary>The record for an alarm that is not there.</summary>
    public static ErrorRecord NoAlarm(KmsEngine engine, string name)
    {
        using IStateReader state = engine.OpenReader();
        return NotFound(
            "AlarmNotFound", $"There is no alarm '{name}'.", name, state.ListAlarms().Select(static alarm => alarm.Name), "Get-KmsAlarm shows the alarms.");
    }

    /// <summary>The record for a quota that is not there.</summary>
    public static ErrorRecord NoQuota(KmsEngine engine, string name) => NotFound(
        "QuotaNotFound", $"There is no quota '{name}'.", name, engine.Quotas.List().Select(static quota => quota.Name), "Get-KmsQuota shows the quotas.");

    /// <summary>The record for a cluster of HSMs that is not registered.</summary>
    public static ErrorRecord NotRegistered(KmsEngine engine, string clusterId)
    {
        const string Code = "CloudHsmClusterNotFoundException";
        using IStateReader state = engine.OpenReader();
        return NotFound(
            Code, $"CloudHSM cluster {clusterId} does not exist.", clusterId, state.ListClusters().Select(static cluster => cluster.ClusterId), ByCode[Code].Action);
    }

    /// <summary>The record for a file that cannot be read or written.</summary>
    public static ErrorRecord OfFile(Exception error, string path) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => Record(
            error, "FileNotFound", ErrorCategory.ObjectNotFound, path, error.Message, "Check the path."),
        UnauthorizedAccessException => Record(
            error, "FileAccessDenied", ErrorCategory.PermissionDenied, path, error.Message, "Check the permissions of the file and of the folder of the new one."),
        _ => Record(error, "FileIOError", ErrorCategory.WriteError, path, error.Message, "Check the path and the free space of the disk."),
    };

    /// <summary>The record for a new file whose name is taken.</summary>
    public static ErrorRecord DestinationExists(string destination, string source)
    {
        string message = $"'{destination}' exists already.";
        return Record(
            new IOException(message), "DestinationExists", ErrorCategory.ResourceExists, source, message, "-Destination gives another name, -Force replaces a file.");
    }

    private static ErrorRecord OfKms(KmsException error, object? target, Func<KmsException, string?> hint)
    {
        (ErrorCategory category, string action) = ByCode.TryGetValue(error.ErrorCode, out (ErrorCategory, string) known) ? known
            : error.HttpStatusCode >= 500 ? (ErrorCategory.ResourceUnavailable, "Try again.")
            : (ErrorCategory.InvalidOperation, "See the description of the error in the AWS KMS API Reference.");
        action = hint(error) ?? error.RecommendedAction ?? action;

        // AWS leaves some messages empty; PowerShell would show nothing at all.
        return Record(error, error.ErrorCode, category, target ?? error.KeyArn, error.Message.Length > 0 ? error.Message : error.ErrorCode, action);
    }

    private static ErrorRecord Record(Exception error, string id, ErrorCategory category, object? target, string message, string action) =>
        new(error, id, category, target) { ErrorDetails = new ErrorDetails(message) { RecommendedAction = action } };

    private static ErrorRecord NotFound(string id, string message, string name, IEnumerable<string> candidates, string shows) => Record(
        new ItemNotFoundException(message), id, ErrorCategory.ObjectNotFound, name, message, NearestName.Suggest(name, candidates, shows) ?? shows);

    private static string WithoutParameterName(ArgumentException error) =>
        error.ParamName is null ? error.Message : error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal);

    private static ErrorCategory Category(EnvelopeFailure failure) => failure switch
    {
        EnvelopeFailure.NoMatchingKey or EnvelopeFailure.NoUsableKey => ErrorCategory.ObjectNotFound,
        EnvelopeFailure.UnsupportedAlgorithmSuite => ErrorCategory.NotImplemented,
        EnvelopeFailure.TooLong or EnvelopeFailure.TooManyEncryptedDataKeys => ErrorCategory.LimitsExceeded,
        EnvelopeFailure.ReservedEncryptionContext => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.InvalidData,
    };

    private static ErrorCategory Category(HsmFailure failure) => failure switch
    {
        HsmFailure.ClusterNotFound or HsmFailure.KeyNotFound or HsmFailure.UserNotFound => ErrorCategory.ObjectNotFound,
        HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut => ErrorCategory.AuthenticationError,
        HsmFailure.UserLoggedIn => ErrorCategory.ResourceBusy,
        HsmFailure.AuthenticationFailed => ErrorCategory.InvalidData,
        HsmFailure.Exhausted => ErrorCategory.LimitsExceeded,
        HsmFailure.NotPermitted => ErrorCategory.PermissionDenied,
        HsmFailure.InvalidArgument or HsmFailure.Ambiguous => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.ResourceUnavailable,
    };

    private static string Action(HsmFailure failure) => failure switch
    {
        HsmFailure.ClusterNotFound => "Check -Library (the full path of the PKCS#11 library) and the token.",
        HsmFailure.NoActiveHsm => "Initialize-KmsHsm makes a lab token.",
        HsmFailure.InvalidCredentials => "Check the PIN before trying again: HSMs lock a user after a few wrong ones.",
        HsmFailure.UserLockedOut => "The security officer of the HSM must unlock the user.",
        HsmFailure.UserNotFound => "Set the PIN of the crypto user, or make a lab token with Initialize-KmsHsm.",
        HsmFailure.InvalidArgument => "Choose another label, or a PIN that the HSM accepts.",
        HsmFailure.Ambiguous => "Give one of the URIs with -Uri, in quotes.",
        HsmFailure.TooFewHsms => "Get-KmsHsm shows which HSMs are active; Add-KmsHsm adds one.",
        HsmFailure.Exhausted => "Close other programs that use the HSM, then try again.",
        _ => "Get-KmsHsmCluster shows the HSMs.",
    };
}
