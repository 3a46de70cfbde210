using System.Globalization;
using KmsTools.AccessKeys;
using KmsTools.Sts;

namespace KmsTools.Sessions;

/// <summary>The caller that a profile of the shared credentials file stands for.</summary>
/// <param name="Choice">The caller; null when the profile has no effect.</param>
/// <param name="Reason">Why it has none, in words that are shown; null when it has.</param>
internal sealed record ProfileCaller(CallerChoice? Choice, string? Reason)
{
    private const string DefaultSessionName = "KmsTools";

    // Any six digits are taken as the code of a device.
    private const string AnyCode = "000000";

    // Calls in progress must not meet the end of a session.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>Finds the caller of a profile, and assumes its role if it has one.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="name">The name of the profile.</param>
    /// <param name="location">The credentials file; null for that of the user.</param>
    /// <exception cref="KmsException">The secret is wrong, or the role cannot be assumed.</exception>
    public static ProfileCaller Find(KmsConnection connection, string name, string? location) =>
        Find(connection, name, SharedProfiles.Read(location), []);

    private static ProfileCaller Find(KmsConnection connection, string name, SharedProfiles profiles, HashSet<string> seen)
    {
        string source = $"the profile {name}";
        if (profiles.Find(name) is not { } profile)
        {
            return No($"there is no profile {name} in {profiles.Location}");
        }

        if (!seen.Add(name))
        {
            return No($"the profile {name} is its own source");
        }

        if (profile.GetValueOrDefault("role_arn") is { } roleArn && (seen.Count == 1 || !HasKeys(profile)))
        {
            string? sourceName = profile.GetValueOrDefault("source_profile");
            ProfileCaller behind = sourceName is null ? No($"the profile {name} has no source_profile")
                : sourceName == name && HasKeys(profile) ? OfKeys(connection, profile, source)
                : Find(connection, sourceName, profiles, seen);
            return behind.Choice is null ? behind : new ProfileCaller(Assume(connection, roleArn, profile, behind.Choice, source), null);
        }

        return HasKeys(profile) ? OfKeys(connection, profile, source) : No($"the profile {name} has no access key");
    }

    private static ProfileCaller No(string reason) => new(null, reason);

    private static bool HasKeys(IReadOnlyDictionary<string, string> profile) =>
        profile.ContainsKey("aws_access_key_id") && profile.ContainsKey("aws_secret_access_key");

    private static ProfileCaller OfKeys(KmsConnection connection, IReadOnlyDictionary<string, string> profile, string source)
    {
        GivenCredentials given = new(
            profile["aws_access_key_id"], profile["aws_secret_access_key"], profile.GetValueOrDefault("aws_session_token"));
        try
        {
            return new ProfileCaller(CallerChoice.OfCredentials(given.Authenticate(connection.Engine), given.SessionToken, source), null);
        }
        catch (KmsException exception) when (exception.ErrorCode == "UnrecognizedClientException")
        {
            return No($"this store does not know the access key {given.AccessKeyId} of {source}");
        }
    }

    private static CallerChoice Assume(
        KmsConnection connection, string roleArn, IReadOnlyDictionary<string, string> profile, CallerChoice behind, string source)
    {
        AssumeRoleRequest request = new()
        {
            RoleArn = roleArn,
            RoleSessionName = profile.GetValueOrDefault("role_session_name") ?? DefaultSessionName,
            ExternalId = profile.GetValueOrDefault("external_id"),
            DurationSeconds = int.TryParse(
                profile.GetValueOrDefault("duration_seconds"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
                ? seconds
                : null,
            SerialNumber = profile.GetValueOrDefault("mfa_serial"),
            TokenCode = profile.ContainsKey("mfa_serial") ? AnyCode : null,
        };
        KmsEngine engine = connection.Engine;
        if (!connection.ProfileSessions.TryGetValue((behind.PrincipalArn, request), out TemporaryCredentials? session)
            || session.Expiration - Margin <= DateTime.UtcNow)
        {
            session = engine.Sts.AssumeRole(request, behind.Resolve(engine)).Credentials;
            connection.ProfileSessions[(behind.PrincipalArn, request)] = session;
        }

        CallerCredentials credentials = engine.Authenticator.Find(session.AccessKeyId, session.SessionToken);
        return CallerChoice.OfCredentials(credentials, session.SessionToken, source);
    }
}
