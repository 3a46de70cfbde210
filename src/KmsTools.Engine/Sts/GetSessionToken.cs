using System.Text.Json;
using KmsTools.Identifiers;
using KmsTools.Validation;

namespace KmsTools.Sts;

/// <summary>Issues temporary credentials of the caller. Source: GetSessionToken in the AWS STS API.</summary>
public sealed record GetSessionTokenRequest
{
    /// <summary>
    /// How long the credentials work in seconds, 900-129600. The default is 43200. Those of a root user work for 3600 at most, whatever is
    /// asked for.
    /// </summary>
    [Member(Min = 900, Max = 129600)]
    public int? DurationSeconds { get; init; }

    /// <summary>The multi-factor device of the caller, 9-256 characters.</summary>
    [Member(Min = 9, Max = 256, Pattern = @"[\w+=/:,.@-]*")]
    public string? SerialNumber { get; init; }

    /// <summary>The code of the device: any six digits.</summary>
    [Member(Min = 6, Max = 6, Pattern = @"[\d]*", Sensitive = true)]
    public string? TokenCode { get; init; }
}

/// <summary>Temporary credentials of the caller.</summary>
public sealed record GetSessionTokenResponse
{
    /// <summary>The credentials.</summary>
    public required TemporaryCredentials Credentials { get; init; }
}

/// <inheritdoc/>
internal sealed class GetSessionToken : StsOperation<GetSessionTokenRequest, GetSessionTokenResponse>
{
    private const int DefaultDuration = 43200;
    private const int MaxRootDuration = 3600;

    /// <inheritdoc/>
    public override string Name => AuditNames.GetSessionToken;

    /// <inheritdoc/>
    public override GetSessionTokenResponse Handle(GetSessionTokenRequest request, StsCall call)
    {
        bool hasCode = StsCall.HasMultiFactorCode(request.SerialNumber, request.TokenCode);
        RequireLongTerm(call, Name);
        string arn = call.Principal.Text;
        CallerSession session = call.Begin(arn, DurationOf(request.DurationSeconds, call)) with { MultiFactorAuthPresent = hasCode };
        return new GetSessionTokenResponse { Credentials = call.Issue(arn, call.Identity.Principal?.UniqueId, session) };
    }

    /// <inheritdoc/>
    public override void WriteResponseElements(Utf8JsonWriter writer, GetSessionTokenResponse response)
    {
        writer.WriteStartObject();
        WriteCredentials(writer, response.Credentials);
        writer.WriteEndObject();
    }

    /// <summary>Refuses sessions: only users and the root user of this account have sessions of their own.</summary>
    /// <exception cref="KmsException">AccessDenied.</exception>
    internal static void RequireLongTerm(StsCall call, string operation)
    {
        if (call.Caller.Session is not null || call.Principal.Kind is not (PrincipalKind.User or PrincipalKind.Account))
        {
            throw KmsErrors.StsAccessDenied($"Cannot call {operation} with session credentials");
        }
    }

    /// <summary>How long credentials of a user work that are asked for.</summary>
    internal static int DurationOf(int? requested, StsCall call)
    {
        int seconds = requested ?? DefaultDuration;
        return call.Principal.Kind == PrincipalKind.Account ? Math.Min(seconds, MaxRootDuration) : seconds;
    }
}
