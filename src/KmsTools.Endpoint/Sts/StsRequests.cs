using KmsTools.Sts;

namespace KmsTools.Endpoint.Sts;

/// <summary>Reads the requests of AWS STS.</summary>
internal static class StsRequests
{
    public static AssumeRoleRequest AssumeRole(QueryParameters parameters) => new()
    {
        RoleArn = parameters.Text(nameof(AssumeRoleRequest.RoleArn)),
        RoleSessionName = parameters.Text(nameof(AssumeRoleRequest.RoleSessionName)),
        PolicyArns = PolicyArns(parameters),
        Policy = parameters.Text(nameof(AssumeRoleRequest.Policy)),
        DurationSeconds = parameters.Number(nameof(AssumeRoleRequest.DurationSeconds)),
        Tags = Tags(parameters),
        TransitiveTagKeys = parameters.Texts(nameof(AssumeRoleRequest.TransitiveTagKeys)),
        ExternalId = parameters.Text(nameof(AssumeRoleRequest.ExternalId)),
        SerialNumber = parameters.Text(nameof(AssumeRoleRequest.SerialNumber)),
        TokenCode = parameters.Text(nameof(AssumeRoleRequest.TokenCode)),
        SourceIdentity = parameters.Text(nameof(AssumeRoleRequest.SourceIdentity)),
    };

    public static GetSessionTokenRequest GetSessionToken(QueryParameters parameters) => new()
    {
        DurationSeconds = parameters.Number(nameof(GetSessionTokenRequest.DurationSeconds)),
        SerialNumber = parameters.Text(nameof(GetSessionTokenRequest.SerialNumber)),
        TokenCode = parameters.Text(nameof(GetSessionTokenRequest.TokenCode)),
    };

    public static GetFederationTokenRequest GetFederationToken(QueryParameters parameters) => new()
    {
        Name = parameters.Text(nameof(GetFederationTokenRequest.Name)),
        Policy = parameters.Text(nameof(GetFederationTokenRequest.Policy)),
        PolicyArns = PolicyArns(parameters),
        DurationSeconds = parameters.Number(nameof(GetFederationTokenRequest.DurationSeconds)),
        Tags = Tags(parameters),
    };

    private static IReadOnlyList<SessionTag>? Tags(QueryParameters parameters) => QueryParameters.List("Tags", member =>
        (parameters.Text(member + ".Key"), parameters.Text(member + ".Value")) is var (key, value) && (key ?? value) is not null
            ? new SessionTag { Key = key, Value = value }
            : null);

    private static IReadOnlyList<PolicyDescriptor>? PolicyArns(QueryParameters parameters) => QueryParameters.List("PolicyArns", member =>
        parameters.Text(member + ".arn") is { } arn ? new PolicyDescriptor { Arn = arn } : null);
}
