namespace KmsTools.Sts;

/// <summary>Who calls. Source: GetCallerIdentity in the AWS STS API.</summary>
/// <param name="Arn">The ARN of the caller.</param>
/// <param name="Account">Its account.</param>
/// <param name="UserId">
/// Its unique ID: AIDA… for a user; AROA… and the name of the session for a session of a role; the account for a root user. That of a user
/// or role that the store does not know is derived from the ARN: it has the same ID in every store.
/// </param>
public sealed record GetCallerIdentityResponse(string Arn, string Account, string UserId);
