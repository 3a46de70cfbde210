using System.Management.Automation;
using System.Security.Cryptography;
using KmsTools.EnvelopeEncryption;
using KmsTools.Estates;
using KmsTools.KeyStores;
using KmsTools.Loading;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Creates error records: the ID is the code of the AWS error, with a category, the user's own input as target, and <see cref="Advice"/>.
/// </summary>
internal static partial class KmsErrorRecord
{
    /// <summary>The record of an error, or null if the error is not one to explain.</summary>
    /// <param name="error">The error.</param>
    /// <param name="target">What the user has given.</param>
    /// <param name="hint">What to do, given the present state of the store; null where there is nothing to say about the error.</param>
    /// <param name="requestId">The UUID of the call, or null.</param>
    /// <param name="cmdlet">The name of the cmdlet.</param>
    public static ErrorRecord? Of(
        Exception error, object? target, Func<KmsException, string?> hint, string? requestId, string cmdlet) => error switch
    {
        KmsException kms => OfKms(kms, target, hint, requestId, cmdlet),
        HsmException hsm => Record(hsm, $"Hsm{hsm.Failure}", Category(hsm.Failure), target, hsm.Message, Advice.Of(hsm)),
        EnvelopeException envelope => Record(
            envelope, envelope.Failure.ToString(), Category(envelope.Failure), target, target is string file
                ? $"'{file}': {envelope.Message}"
                : envelope.Message, FileAdvice.Of(envelope)),
        StateStoreException { LostChanges: not null } or StateStoreException { HasLostEvents: true } => Record(
            error,
            error is StateStoreException { HasLostEvents: true } ? "StoreLostEvents" : "StoreLostChanges",
            ErrorCategory.InvalidData,
            target,
            error.Message,
            (FolderOf(error) is { } folder ? $"{Advice.Examine(folder)} " : "")
                + "To go on without what is missing, which cannot be undone: Connect-Kms -AcceptLostChanges, with the -Path or the "
                + "-ConnectionString of the store"),
        StateStoreException { Damage: not null } => Record(
            error, "StoreDamaged", ErrorCategory.InvalidData, target, error.Message, Advice.Examine(FolderOf(error))),
        StateStoreException { SealFault: { } fault } => SealAdvice.Record(error, fault, target),
        StateStoreException { SharedFault: { } fault } => SharedStoreAdvice.Record(error, fault, target),
        StateStoreException { IsDamage: var isDamage } => Record(
            error,
            "StateStoreError",
            ErrorCategory.ResourceUnavailable,
            target,
            error.Message,
            isDamage ? Advice.Examine(FolderOf(error)) : Advice.OtherStore),
        NoStoreException => Record(
            error,
            "NotConnected",
            ErrorCategory.ConnectionError,
            target,
            error.Message,
            "Connect-Kms opens a store. After Disconnect-Kms, the store of the user is used."),
        ObjectDisposedException => Record(
            error, "ConnectionClosed", ErrorCategory.ConnectionError, target, "The connection was closed "
                + "while it was in use.", "Connect-Kms opens the store again."),
        CryptographicException => Record(
            error,
            "CryptographicError",
            ErrorCategory.InvalidData,
            target,
            error.Message,
            $"Check the bytes that were given. {DescribesParameters(cmdlet)}"),
        SessionStateException { ErrorRecord: { } record } => Record(
            error, record.FullyQualifiedErrorId, record.CategoryInfo.Category, target, error
                .Message, "Check the path. Get-ChildItem shows what there is."),
        ArgumentException argument => OfArgument(argument, target, cmdlet),
        StoreClockException clock => Record(
            clock, "InvalidOperation", ErrorCategory.InvalidOperation, target, clock.Message, FileAdvice.Of(clock)),
        ProgramException program => Record(error, program.ErrorId, program.Category, target, error.Message, program.Advice),
        InvalidOperationException when error.GetType() == typeof(InvalidOperationException) => Record(
            error, "InvalidOperation", ErrorCategory.InvalidOperation, target, error
                .Message, "Get-KmsConnection shows the store and its clock."),
        DllNotFoundException or BadImageFormatException or FileNotFoundException or TypeInitializationException
            or TypeLoadException => Record(
            error, "DependencyNotLoaded", ErrorCategory.NotInstalled, target, error.GetBaseException()
                .Message, "Install the module again: files of its Dependencies folder are missing."),
        UnauthorizedAccessException => Record(
            error, "StoreAccessDenied", ErrorCategory.PermissionDenied, target, error
                .Message, "The folder and the files of a store belong to its user: Connect-Kms names other ones."),
        IOException => Record(
            error,
            "StoreIOError",
            ErrorCategory.ResourceUnavailable,
            target,
            error.Message,
            "Check the path and the free space of the disk."),
        _ => null,
    };

    // The folder of a store that was not opened because it is damaged.
    private static string? FolderOf(Exception error) => (error as StateStoreException)?.RefusedFolder;

    /// <summary>What to do about a parameter that the message describes.</summary>
    public static string DescribesParameters(string cmdlet) => $"Get-Help {cmdlet} -Full describes what its parameters take.";

    /// <summary>The record for an estate that cannot be imported. Its ID is the code of the AWS error, where a call was refused.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="file">The file, as the user named it.</param>
    public static ErrorRecord OfEstate(EstateException error, string file)
    {
        (string id, ErrorCategory category) = error.InnerException is KmsException kms
            ? (kms.ErrorCode, Category(kms))
            : ("InvalidEstate", ErrorCategory.InvalidData);
        return Record(error, id, category, file, error.Describe(file), FileAdvice.Of(error));
    }

    /// <summary>The record for a file of an estate that does not exist.</summary>
    /// <param name="file">The full path.</param>
    /// <param name="path">What the user has given.</param>
    public static ErrorRecord NoEstate(string file, string path)
    {
        string message = $"File {file} does not exist.";
        return Record(
            new ItemNotFoundException(message), "EstateNotFound", ErrorCategory.ObjectNotFound, path, message,
            WildcardPattern.ContainsWildcardCharacters(path)
                ? "Wildcards are not expanded here: name the file, or pipe it from Get-Item."
                : "Check the path. Export-KmsEstate writes such a file.");
    }

    /// <summary>The record for a file that an estate would replace.</summary>
    /// <param name="file">The full path.</param>
    /// <param name="path">What the user has given.</param>
    public static ErrorRecord EstateExists(string file, string path)
    {
        string message = $"The file {file} exists already.";
        return Record(
            new IOException(message),
            "NoClobber",
            ErrorCategory.ResourceExists,
            path,
            message,
            "Give another -Path, or leave -NoClobber out.");
    }

    /// <summary>The record for a rehearsal that is started too late.</summary>
    /// <param name="loaded">The AWS module that is loaded.</param>
    public static ErrorRecord AwsToolsLoaded(PSModuleInfo loaded)
    {
        string message = $"{loaded.Name} {loaded.Version} is loaded already: its cmdlets would go on to reach AWS.";
        return Record(
            new InvalidOperationException(message),
            "AwsToolsLoaded",
            ErrorCategory.InvalidOperation,
            loaded.Name,
            message,
            "Start a new PowerShell, and run Enable-KmsRehearsal before anything loads it.");
    }

    /// <summary>The record for a prompt that no user can answer: in a job, without a terminal, with -NonInteractive.</summary>
    /// <param name="cmdlet">The cmdlet that prompts.</param>
    /// <param name="act">What it would do.</param>
    /// <param name="target">What the user has given.</param>
    public static ErrorRecord NoUserToAsk(string cmdlet, string act, object? target)
    {
        string message = $"{cmdlet} prompts for confirmation, and there is no user to answer: {act}.";
        return Record(
            new InvalidOperationException(message),
            "ConfirmationRequired",
            ErrorCategory.OperationStopped,
            target,
            message,
            "Add -Confirm:$false if it may happen without a prompt.");
    }

    /// <summary>The record for an endpoint whose access key would belong to another store.</summary>
    /// <param name="session">Where the store of the session is.</param>
    /// <param name="other">Where the store to serve is.</param>
    public static ErrorRecord NotTheStoreOfTheSession(string session, string other)
    {
        string message = $"-SetEnvironment creates an access key in the store of the session, which is {session}.";
        return Record(
            new InvalidOperationException(message),
            "OtherStore",
            ErrorCategory.InvalidOperation,
            other,
            message,
            SharedStoreOptions.IsConnectionString(other)
                ? "Connect-Kms -ConnectionString ... first, or leave -SetEnvironment out."
                : $"Connect-Kms '{other}' first, or leave -SetEnvironment out.");
    }

    /// <summary>The record for a lab without SoftHSM.</summary>
    public static ErrorRecord NoSoftHsm()
    {
        const string Message = "SoftHSM is not installed where its packages put it.";
        return Record(
            new ItemNotFoundException(Message),
            "SoftHsmNotFound",
            ErrorCategory.NotInstalled,
            null,
            Message,
            "Install it (Debian: apt-get install softhsm2; macOS: brew install softhsm), or name its library with -Library, without -Lab.");
    }

    /// <summary>The record for an access key that does not exist.</summary>
    public static ErrorRecord NoAccessKey(KmsEngine engine, string accessKeyId) => NotFound(
        "AccessKeyNotFound",
        $"Access key {accessKeyId} does not exist.",
        accessKeyId,
        engine.AccessKeys.List().Select(static key => key.AccessKeyId),
        "Get-KmsAccessKey shows the access keys.");

    /// <summary>The record for a user, role or group that does not exist.</summary>
    /// <param name="engine">The engine that has others.</param>
    /// <param name="name">The name; or the ARN, if no type is given.</param>
    /// <param name="type">What it is; null if the name is an ARN.</param>
    public static ErrorRecord NoPrincipal(KmsEngine engine, string name, PrincipalType? type = null) => NotFound(
        "PrincipalNotFound",
        type is null ? $"There is no user, role or group {name}." : $"There is no {type.Value.ToString().ToLowerInvariant()} {name}.",
        name,
        engine.Principals.List().Where(principal => type is null || principal.Type == type)
            .Select(principal => type is null ? principal.Arn : principal.Name),
        Advice.OfCode("NoSuchEntity")!);

    /// <summary>The record for an alarm that does not exist.</summary>
    public static ErrorRecord NoAlarm(KmsEngine engine, string name)
    {
        using IStateReader state = engine.OpenReader();
        return NotFound(
            "AlarmNotFound", $"Alarm '{name}' does not exist.", name, state.ListAlarms()
                .Select(static alarm => alarm.Name), "Get-KmsAlarm shows the alarms.");
    }

    /// <summary>The record for a quota that does not exist.</summary>
    public static ErrorRecord NoQuota(KmsEngine engine, string name) => NotFound(
        "QuotaNotFound", $"Quota '{name}' does not exist.", name, engine.Quotas.List()
            .Select(static quota => quota.Name), "Get-KmsQuota shows the quotas.");

    /// <summary>The record for a cluster of HSMs that is not registered.</summary>
    public static ErrorRecord NotRegistered(KmsEngine engine, string clusterId)
    {
        const string Code = "CloudHsmClusterNotFoundException";
        using IStateReader state = engine.OpenReader();
        return NotFound(
            Code, $"CloudHSM cluster {clusterId} does not exist.", clusterId, state.ListClusters()
                .Select(static cluster => cluster.ClusterId), "Get-KmsHsmCluster shows the clusters.");
    }

    /// <summary>The record for an HSM that is in no cluster, or not in the one that was named.</summary>
    /// <param name="members">The HSMs that were searched.</param>
    /// <param name="clusterId">The cluster, or null for all.</param>
    /// <param name="tokenLabel">The label that none of them has.</param>
    public static ErrorRecord NoHsm(IEnumerable<HsmDescription> members, string? clusterId, string tokenLabel) => NotFound(
        "HsmNotFound",
        clusterId is null
            ? $"No cluster has an HSM with the label '{tokenLabel}'."
            : $"CloudHSM cluster {clusterId} has no HSM with the label '{tokenLabel}'.",
        tokenLabel,
        members.Select(static member => member.TokenLabel),
        clusterId is null ? "Get-KmsHsm shows the HSMs." : $"Get-KmsHsm {clusterId} shows the HSMs of the cluster.");

    /// <summary>The record for a file that cannot be read or written.</summary>
    public static ErrorRecord OfFile(Exception error, string path) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => Record(
            error, "FileNotFound", ErrorCategory.ObjectNotFound, path, error.Message, "Check the path. Get-ChildItem shows what there is."),
        UnauthorizedAccessException => Record(
            error, "FileAccessDenied", ErrorCategory.PermissionDenied, path, error
                .Message, "Check the permissions of the file and of the folder of the new one."),
        _ => Record(error, "FileIOError", ErrorCategory.WriteError, path, error.Message, "Check the path and the free space of the disk."),
    };

    /// <summary>The record for a pattern that no file matches.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isName">Whether a file has the pattern as its name.</param>
    public static ErrorRecord NothingMatches(string pattern, bool isName)
    {
        string message = $"No file matches '{pattern}'.";
        return Record(
            new FileNotFoundException(message),
            "FileNotFound",
            ErrorCategory.ObjectNotFound,
            pattern,
            message,
            isName
                ? "A file has exactly this name: -LiteralPath takes it as it is."
                : "Check the path. Get-ChildItem shows what there is.");
    }

    /// <summary>The record for a new file whose name is taken.</summary>
    public static ErrorRecord DestinationExists(string destination, string source)
    {
        string message = $"'{destination}' exists already.";
        return Record(
            new IOException(
                message), "DestinationExists", ErrorCategory.ResourceExists, source, message, "-Destination gives another name, -Force "
                    + "replaces a file.");
    }

    private static ErrorRecord OfKms(
        KmsException error, object? target, Func<KmsException, string?> hint, string? requestId, string cmdlet)
    {
        // AWS leaves some messages empty; PowerShell would show nothing at all.
        string message = error.Message.Length > 0 ? error.Message : error.ErrorCode;

        // AWS.Tools wraps the exception of the SDK in its own: typed catches find it there.
        KmsException shown = error.With(AwsTypeNames.CreateException(error, message, requestId));
        string advice = hint(error)
            ?? (error.ErrorCode is "ValidationException" or "ValidationError" && Advice.OfCause(error, null) is null
                ? DescribesParameters(cmdlet)
                : Advice.Of(error));
        return Record(shown, error.ErrorCode, Category(error), target ?? error.KeyArn, message, advice);
    }

    private static ErrorRecord Record(Exception error, string id, ErrorCategory category, object? target, string message, string action) =>
        new(error, id, category, target) { ErrorDetails = new ErrorDetails(message) { RecommendedAction = action } };

    private static ErrorRecord NotFound(string id, string message, string name, IEnumerable<string> candidates, string shows) => Record(
        new ItemNotFoundException(message), id, ErrorCategory.ObjectNotFound, name, message, Advice.DidYouMean(
            NearestName.Find(name, candidates),
            shows));

    // .NET appends the name of a parameter in our source, and scripts read the message of the exception.
    private static ErrorRecord OfArgument(ArgumentException error, object? target, string cmdlet)
    {
        ArgumentException shown = error.ParamName is { } name
            ? new ArgumentException(error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal), error)
            : error;
        return Record(shown, "InvalidArgument", ErrorCategory.InvalidArgument, target, shown.Message, DescribesParameters(cmdlet));
    }
}
