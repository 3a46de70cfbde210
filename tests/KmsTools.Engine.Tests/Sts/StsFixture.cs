using KmsTools.Auditing;
using KmsTools.BouncyCastle;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Sts;

/// <summary>A store whose clock stands at 2030, with a real clock that a test moves.</summary>
public sealed class StsFixture : IDisposable
{
    public const string Account = "111122223333";
    public const string Alice = "arn:aws:iam::111122223333:user/alice";
    public const string Root = "arn:aws:iam::111122223333:root";
    public const string Deploy = "arn:aws:iam::111122223333:role/ops/deploy";
    public const string DeploySession = "arn:aws:sts::111122223333:assumed-role/deploy/ci-run";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));

    public StsFixture()
    {
        Engine = new KmsEngine(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = _folder, SimulatedClock = true, Temporary = true })),
            static () => throw new NotSupportedException(),
            static () => new BouncyCastleSignatures(),
            Clock);
        Engine.StepClock(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public KmsEngine Engine { get; }

    public RealClock Clock { get; } = new();

    public void Dispose() => Engine.Dispose();

    /// <summary>JSON that is written with single quotes.</summary>
    public static string Json(string text) => text.Replace('\'', '"');

    public static string Allow(string more, string action = "sts:AssumeRole") =>
        Json($"{{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Action':'{action}',{more}}}]}}");

    public static string Trust(string principal, string? more = null, string action = "sts:*") =>
        Allow($"'Principal':{{'AWS':'{principal}'}}{(more is null ? "" : "," + more)}", action);

    /// <summary>Registers the role deploy of the path ops, which lasts two hours at most.</summary>
    public Principal CreateRole(string trust, params KeyTag[] tags) => Engine.Principals.Create(
        PrincipalType.Role,
        "deploy",
        new PrincipalSettings { Path = "/ops/", TrustPolicy = trust, MaxSessionDuration = 7200, Tags = [.. tags] });

    public Principal CreateUser(string name, string? policy = null) => Engine.Principals.Create(
        PrincipalType.User,
        name,
        policy is null
            ? PrincipalSettings.None
            : new PrincipalSettings { Policies = new Dictionary<string, string> { ["own"] = policy } });

    public AssumeRoleResponse Assume(AssumeRoleRequest request, Caller? caller = null) =>
        Engine.Sts.AssumeRole(Complete(request), caller ?? CallerOf(Alice));

    public static Caller CallerOf(string arn) => new() { PrincipalArn = arn };

    public static AssumeRoleRequest Complete(AssumeRoleRequest request) => request with
    {
        RoleArn = request.RoleArn ?? Deploy,
        RoleSessionName = request.RoleSessionName ?? "ci-run",
    };

    /// <summary>The caller of what credentials sign.</summary>
    public Caller Authenticate(TemporaryCredentials credentials) =>
        Engine.Authenticator.Find(credentials.AccessKeyId, credentials.SessionToken).ToCaller();

    public void Refuses(string code, string message, Action call)
    {
        KmsException error = Assert.Throws<KmsException>(call);
        Assert.Equal((code, message), (error.ErrorCode, error.Message));
    }

    public AuditEvent LastEvent(string name) => Engine.FindEvents(new EventQuery { EventName = name }).Last();

    public sealed class RealClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 5, 6, 7, 8, 9, 123, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
