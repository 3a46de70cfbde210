using System.Management.Automation;
using KmsTools.AccessKeys;
using KmsTools.Files;
using KmsTools.Identifiers;

namespace KmsTools.Sessions;

/// <summary>Whom calls are made as, and where that comes from.</summary>
/// <param name="PrincipalArn">The ARN of the caller.</param>
/// <param name="Source">Where it comes from, in words that are shown.</param>
internal sealed record CallerChoice(string PrincipalArn, string Source)
{
    /// <summary>The variable in which Set-AWSCredential of AWS.Tools keeps the credentials of the session.</summary>
    public const string SessionVariable = "StoredAWSCredentials";

    /// <summary>What distinguishes credentials that a rehearsal stored from those of the real AWS.Tools.</summary>
    public const string StoredType = "KmsTools.StoredCredential";

    /// <summary>The access key that calls are made with; null when the caller was only named.</summary>
    public string? AccessKeyId { get; private init; }

    private string? SessionToken { get; init; }

    /// <summary>The caller of a session.</summary>
    /// <param name="connection">Its connection.</param>
    /// <param name="readVariable">Reads a variable of the session.</param>
    public static CallerChoice Of(KmsConnection connection, Func<string, object?> readVariable) =>
        connection.Callers.AssumedRole ?? OfVariable(connection, readVariable(SessionVariable)) ?? connection.Callers.Given
            ?? OfOperatingSystem(connection.Engine);

    /// <summary>The user of the operating system.</summary>
    public static CallerChoice OfOperatingSystem(KmsEngine engine) =>
        new(Caller.LocalUser(engine.Properties.AccountId).PrincipalArn, "the operating system");

    /// <summary>A caller that the owner of the store names.</summary>
    /// <exception cref="ArgumentException">It cannot be a caller.</exception>
    public static CallerChoice OfPrincipal(string arn, string source) =>
        Identifiers.PrincipalArn.TryParse(arn, out PrincipalArn? principal) && principal.Kind != PrincipalKind.Role
            ? new CallerChoice(arn, source)
            : throw new ArgumentException(
                $"'{arn}' is not the ARN of a caller, such as arn:aws:iam::111122223333:user/alice. A caller is a user, the session "
                    + "of a role, a federated user or the root user of an account; Use-KmsRole makes calls as a role.");

    /// <summary>The caller that credentials are of, once they are verified.</summary>
    public static CallerChoice OfCredentials(CallerCredentials credentials, string? sessionToken, string source) =>
        new(credentials.PrincipalArn, source) { AccessKeyId = credentials.AccessKeyId, SessionToken = sessionToken };

    /// <summary>The caller of the next call.</summary>
    /// <exception cref="KmsException">
    /// UnrecognizedClientException: the access key or the role was removed. ExpiredTokenException: the credentials are expired.
    /// </exception>
    public Caller Resolve(KmsEngine engine) =>
        (AccessKeyId is null
            ? new Caller { PrincipalArn = PrincipalArn }
            : engine.Authenticator.Find(AccessKeyId, SessionToken).ToCaller()) with { UserAgent = "KmsTools/PowerShell" };

    /// <summary>What begins a session of the console that makes calls as this caller.</summary>
    public ConsoleTicket ToTicket() => new(PrincipalArn, AccessKeyId, SessionToken);

    // A runbook may name credentials that only AWS knows; in a rehearsal they have no effect.
    private static CallerChoice? OfVariable(KmsConnection connection, object? stored)
    {
        if (!connection.IsOpen || stored is not PSObject credential || !credential.TypeNames.Contains(StoredType))
        {
            return null;
        }

        try
        {
            if (credential.Properties["ProfileName"]?.Value is string profile)
            {
                return ProfileCaller.Find(connection, profile, credential.Properties["ProfileLocation"]?.Value as string).Choice;
            }

            GivenCredentials given = GivenCredentials.Of(credential);
            return OfCredentials(given.Authenticate(connection.Engine), given.SessionToken, "Set-AWSCredential");
        }
        catch (KmsException exception) when (exception.ErrorCode == "UnrecognizedClientException")
        {
            return null;
        }
    }
}
