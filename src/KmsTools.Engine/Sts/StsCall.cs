using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.AccessKeys;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.Pipeline;

namespace KmsTools.Sts;

/// <summary>One call of AWS STS: who makes it, when, and what is to be recorded about it.</summary>
internal sealed class StsCall
{
    // The space for policies and tags in a token, so that it fits into the header of a request.
    private const int MaxPackedSize = 8192;

    private readonly KmsServices _services;

    public StsCall(KmsServices services, Caller caller, StoreAccess access, DateTimeOffset now, DateTimeOffset realNow)
    {
        _services = services;
        Caller = caller;
        Access = access;
        Now = now;
        RealNow = realNow;
        Identity = CallerIdentity.Of(caller, access);
    }

    /// <summary>The caller.</summary>
    public Caller Caller { get; }

    /// <summary>The caller with its policies.</summary>
    public CallerIdentity Identity { get; }

    /// <summary>What the store says about access.</summary>
    public StoreAccess Access { get; }

    /// <summary>The account of the store.</summary>
    public AccountId AccountId => _services.Properties.AccountId;

    /// <summary>The Region of the call.</summary>
    public RegionName Region => Caller.Region ?? _services.Properties.Region;

    /// <summary>The time on the clock of the store.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>The time on the real clock, by which credentials expire.</summary>
    public DateTimeOffset RealNow { get; }

    /// <summary>What the event contains besides parameters and response.</summary>
    public Dictionary<string, string> AdditionalEventData { get; } = [];

    /// <summary>The role of the event, or null.</summary>
    public string? RoleArn { get; set; }

    /// <summary>The principal that calls.</summary>
    /// <exception cref="KmsException">AccessDenied: services call in their own ways.</exception>
    public PrincipalArn Principal =>
        Identity.Arn ?? throw KmsErrors.StsAccessDenied("Only users, roles and accounts have temporary credentials.");

    /// <summary>Issues credentials.</summary>
    /// <param name="principalArn">The ARN of the session; of the user or the account for a session that acts as it.</param>
    /// <param name="uniqueId">The unique ID of the user or role whose permissions the session has; null where the store knows none.</param>
    /// <param name="session">What the session carries.</param>
    public TemporaryCredentials Issue(string principalArn, string? uniqueId, CallerSession session)
    {
        string accessKeyId = UniqueIds.NewTemporaryAccessKey();
        string secret = AccessKeyRegistry.NewSecret();
        byte[] secretBytes = Encoding.UTF8.GetBytes(secret);
        try
        {
            string token = SessionToken.Make(_services.Secrets, new SessionClaims
            {
                AccessKeyId = accessKeyId,
                PrincipalArn = principalArn,
                UniqueId = uniqueId,
                Session = session,
                WrappedSecret = _services.Secrets.SealToken(
                    secretBytes, SessionClaims.WrappingContext(_services.Properties.InstallationId, accessKeyId)),
                IsSecretSealed = true,
            });
            return new TemporaryCredentials(accessKeyId, secret, token, session.Expiration.UtcDateTime);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secretBytes);
        }
    }

    /// <summary>A new session, which begins now.</summary>
    /// <param name="issuerArn">The role, or the user who asks.</param>
    /// <param name="seconds">How long it lasts.</param>
    public CallerSession Begin(string issuerArn, int seconds) => new()
    {
        IssuerArn = issuerArn,
        IssueTime = Now,
        Expiration = new DateTimeOffset(RealNow.Ticks - (RealNow.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero).AddSeconds(seconds),
    };

    /// <summary>The percentage of the space for them that policies and tags use; null where there are none.</summary>
    /// <exception cref="KmsException">PackedPolicyTooLarge.</exception>
    public static int? PackedSize(CallerSession session)
    {
        int size = session.Policies.Sum(static policy => Encoding.UTF8.GetByteCount(policy))
            + session.Tags.Sum(static tag => Encoding.UTF8.GetByteCount(tag.Key) + Encoding.UTF8.GetByteCount(tag.Value));
        int percent = (int)Math.Ceiling(size * 100.0 / MaxPackedSize);
        return size == 0 ? null : percent <= 100 ? percent : throw KmsErrors.PackedPolicyTooLarge(percent);
    }

    /// <summary>The session policies of a request.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocument; ValidationError: policies of an account are named.</exception>
    public static ImmutableArray<string> Policies(string? policy, IReadOnlyList<PolicyDescriptor>? policyArns)
    {
        if (policyArns is { Count: > 0 })
        {
            throw KmsErrors.StsValidation(
                "PolicyArns names managed policies, which a store does not have: give the policy itself in Policy.");
        }

        if (policy is null)
        {
            return [];
        }

        _ = PolicyDocument.Parse(policy, PolicyForm.Identity, PolicyKind.Session, "session policy");
        return [policy];
    }

    /// <summary>Whether a multi-factor code is given. Any six digits are taken as the code of the device that is named.</summary>
    /// <exception cref="KmsException">AccessDenied: only one of both is given.</exception>
    public static bool HasMultiFactorCode(string? serialNumber, string? tokenCode) => (serialNumber is null) == (tokenCode is null)
        ? serialNumber is not null
        : throw KmsErrors.StsAccessDenied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.");
}
