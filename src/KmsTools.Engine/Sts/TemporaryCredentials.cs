namespace KmsTools;

/// <summary>
/// Temporary credentials: all three parts together sign calls until they expire. The store keeps none of them, so they are shown this one
/// time only. Source: "Temporary security credentials in IAM", IAM User Guide.
/// </summary>
/// <param name="AccessKeyId">The ID, which is not secret: ASIA and 16 letters and digits.</param>
/// <param name="SecretAccessKey">The secret.</param>
/// <param name="SessionToken">The token, which says what the session may do. Every call needs it.</param>
/// <param name="Expiration">When they stop working (UTC), on the real clock even if the store has a simulated one.</param>
public sealed record TemporaryCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTime Expiration)
{
    /// <summary>The ID, never the secret.</summary>
    public override string ToString() => AccessKeyId;
}
