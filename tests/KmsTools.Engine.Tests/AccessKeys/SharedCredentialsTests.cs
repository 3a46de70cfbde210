using System.Text;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Sts;

namespace KmsTools.AccessKeys;

/// <summary>Credentials of a shared store, which another node removes or replaces.</summary>
public sealed class SharedCredentialsTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Bob = "arn:aws:iam::111122223333:user/bob";

    private readonly TwoNodes _nodes = new();
    private readonly string _key;

    public SharedCredentialsTests() => _key = _nodes.There.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;

    private Authenticator Authenticator => _nodes.Here.Authenticator;

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Find_AccessKeyThatAnotherNodeHasMade_IsFound()
    {
        string id = _nodes.There.AccessKeys.Create(Alice).AccessKeyId;
        Assert.Equal(Alice, Authenticator.Find(id, null).PrincipalArn);
        int looks = _nodes.Store.Looks;

        Assert.Equal(Alice, Authenticator.Find(id, null).PrincipalArn);

        Assert.Equal(looks, _nodes.Store.Looks);
    }

    [Fact]
    public void Execute_AccessKeyIsGone_IsRefusedWithoutAnEvent()
    {
        Caller caller = Known(_nodes.There.AccessKeys.Create(Alice));
        _nodes.There.AccessKeys.Remove(caller.AccessKeyId!);

        // What this node knows still has it.
        caller = Authenticator.Find(caller.AccessKeyId!, null).ToCaller();
        RefusesAllCallsOf(caller);
        Assert.Equal("UnrecognizedClientException", Code(() => Authenticator.Find(caller.AccessKeyId!, null)));
        Assert.Empty(_nodes.Events("Encrypt"));
        Assert.Empty(_nodes.Events("DisableKey"));
    }

    [Fact]
    public void Execute_AccessKeyIsRemovedDuringTheCall_IsRefusedWithoutAnEvent()
    {
        Caller caller = Known(_nodes.There.AccessKeys.Create(Alice));
        _nodes.Store.BeforeRecording = () => _nodes.There.AccessKeys.Remove(caller.AccessKeyId!);

        Assert.Equal(
            "UnrecognizedClientException", Code(() => _nodes.Here.Execute(new EncryptRequest { KeyId = _key, Plaintext = [1] }, caller)));
        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Empty(_nodes.Events("Encrypt"));
    }

    [Fact]
    public void Execute_AccessKeyIsOfAnotherUserNow_IsRefused()
    {
        Caller caller = Known(_nodes.There.AccessKeys.Add("AKIA-1", "secret", Alice));
        _nodes.There.AccessKeys.Remove("AKIA-1");
        _nodes.There.AccessKeys.Add("AKIA-1", "secret", Bob);

        RefusesAllCallsOf(caller);
        _nodes.Here.Execute(new DescribeKeyRequest { KeyId = _key }, Known("AKIA-1"));
        Assert.Equal([""], _nodes.Events("DescribeKey"));
    }

    [Fact]
    public void Execute_AccessKeyHasAnotherSecretNow_IsRefused()
    {
        Caller caller = Known(_nodes.There.AccessKeys.Add("AKIA-1", "secret", Alice));
        _nodes.There.AccessKeys.Remove("AKIA-1");
        _nodes.There.AccessKeys.Add("AKIA-1", "other", Alice);

        RefusesAllCallsOf(caller);
    }

    [Fact]
    public void Execute_RootKeyIsRotated_IsAnsweredAsTheSecretIsTheSame()
    {
        Caller caller = Known(_nodes.There.AccessKeys.Add("AKIA-1", "secret", Alice));
        _nodes.Here.RootKey.Rotate();

        _nodes.Here.Execute(new DescribeKeyRequest { KeyId = _key }, caller);
        _nodes.Here.Execute(new DisableKeyRequest { KeyId = _key }, caller);

        Assert.Equal([""], _nodes.Events("DisableKey"));
    }

    [Fact]
    public void Authenticate_AccessKeyHasAnotherSecretNow_TakesThatOnly()
    {
        Known(_nodes.There.AccessKeys.Add("AKIA-1", "secret", Alice));
        _nodes.There.AccessKeys.Remove("AKIA-1");
        _nodes.There.AccessKeys.Add("AKIA-1", "other", Alice);

        Assert.Equal(Alice, Authenticate("other").PrincipalArn);
        Assert.Equal("InvalidSignatureException", Code(() => Authenticate("secret")));
        Assert.Equal("InvalidSignatureException", Code(() => Authenticate("third")));
    }

    [Fact]
    public void Authenticate_WrongSecretOfAnAccessKeyThatIsGone_SaysThatItIsGone()
    {
        Known(_nodes.There.AccessKeys.Add("AKIA-1", "secret", Alice));
        _nodes.There.AccessKeys.Remove("AKIA-1");

        Assert.Equal("UnrecognizedClientException", Code(() => Authenticate("wrong")));
    }

    [Fact]
    public void Execute_RoleOfTheSessionIsRemoved_IsRefused()
    {
        Caller caller = Session();
        _nodes.Here.Execute(new DescribeKeyRequest { KeyId = _key }, caller);

        _nodes.There.Principals.Remove(PrincipalType.Role, "deploy", force: true);

        RefusesAllCallsOf(caller);
        Assert.Equal([""], _nodes.Events("DescribeKey"));
    }

    [Fact]
    public void Find_SessionOfARoleThatAnotherNodeHasMade_IsFound()
    {
        TemporaryCredentials credentials = Assume(_nodes.There);

        Assert.Equal(
            "arn:aws:sts::111122223333:assumed-role/deploy/run",
            Authenticator.Find(credentials.AccessKeyId, credentials.SessionToken).PrincipalArn);
    }

    [Fact]
    public void Execute_CallerWithoutCredentials_IsTheOwner() =>
        Assert.NotNull(_nodes.Here.Execute(new DescribeKeyRequest { KeyId = _key }, new Caller { PrincipalArn = Alice }));

    private Caller Session()
    {
        TemporaryCredentials credentials = Assume(_nodes.There);
        return Authenticator.Find(credentials.AccessKeyId, credentials.SessionToken).ToCaller();
    }

    private static TemporaryCredentials Assume(KmsEngine engine)
    {
        engine.Principals.Create(
            PrincipalType.Role,
            "deploy",
            new PrincipalSettings
            {
                TrustPolicy = StsFixture.Trust(StsFixture.Root),
                Policies = new Dictionary<string, string> { ["own"] = StsFixture.Allow("'Resource':'*'", "kms:*") },
            });
        return engine.Sts.AssumeRole(
            new AssumeRoleRequest { RoleArn = "arn:aws:iam::111122223333:role/deploy", RoleSessionName = "run" },
            new Caller { PrincipalArn = Alice }).Credentials;
    }

    private Caller Known(NewAccessKey accessKey) => Known(accessKey.AccessKeyId);

    private Caller Known(string accessKeyId)
    {
        Caller caller = Authenticator.Find(accessKeyId, null).ToCaller();
        _nodes.TakeAttempts();
        return caller;
    }

    private CallerCredentials Authenticate(string secret)
    {
        using Secret given = Secret.TakeOver(Encoding.UTF8.GetBytes(secret));
        return Authenticator.Authenticate("AKIA-1", given, null);
    }

    private void RefusesAllCallsOf(Caller caller)
    {
        Assert.Equal("UnrecognizedClientException", Code(() => _nodes.Here.Execute(new EncryptRequest { KeyId = _key, Plaintext = [1] }, caller)));
        Assert.Equal("UnrecognizedClientException", Code(() => _nodes.Here.Execute(new DisableKeyRequest { KeyId = _key }, caller)));
        Assert.Equal("UnrecognizedClientException", Code(() => _nodes.Here.Execute(new ListKeysRequest(), caller)));
        Assert.Equal("UnrecognizedClientException", Code(() => _nodes.Here.Sts.GetCallerIdentity(caller)));
        Assert.Equal("UnrecognizedClientException", Code(() => _nodes.Here.Quotas.Set("DescribeKey", 1, caller: caller)));
    }

    private static string Code(Action act) => Assert.Throws<KmsException>(act).ErrorCode;
}
