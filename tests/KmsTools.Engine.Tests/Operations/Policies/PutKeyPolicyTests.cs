using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Operations;

public sealed class PutKeyPolicyTests : IDisposable
{
    private const string InvalidPrincipals = "Policy contains a statement with one or more invalid principals.";
    private const string LockedOut = "The new key policy will not allow you to update the key policy in the future.";
    private const string Root = """{"AWS":"arn:aws:iam::111122223333:root"}""";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void PutKeyPolicy_Policy_IsKept()
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Call(new PutKeyPolicyRequest { KeyId = key.KeyId, PolicyName = "default", Policy = Policy(Allow(Root)) });
        _kms.Reopen();

        Assert.Equal(
            """
            {
              "Version" : "2012-10-17",
              "Statement" : [ {
                "Effect" : "Allow",
                "Principal" : {
                  "AWS" : "arn:aws:iam::111122223333:root"
                },
                "Action" : "kms:*",
                "Resource" : "*"
              } ]
            }
            """,
            _kms.Call(new GetKeyPolicyRequest { KeyId = key.KeyId }).Policy);
        AuditEvent found = Assert.Single(_kms.Events("PutKeyPolicy"));
        Assert.False(found.ReadOnly);
        Assert.Equal("default", found.RequestParameters!["policyName"]);
        Assert.Equal(Policy(Allow(Root)), found.RequestParameters["policy"]);
    }

    [Fact]
    public void PutKeyPolicy_OtherName_IsUnsupported() => Assert.Equal(
        "UnsupportedOperationException",
        _kms.Refused(new PutKeyPolicyRequest { KeyId = _kms.CreateKey().KeyId, PolicyName = "other", Policy = Policy(Allow(Root)) })
            .ErrorCode);

    [Fact]
    public void PutKeyPolicy_Size_BothSidesOfTheLimits()
    {
        KeyMetadata key = _kms.CreateKey();
        string policy = Policy(Allow(Root));

        Put(key, policy.PadRight(32_768));
        Refuses(policy.PadRight(32_769), "LimitExceededException", "The key policy has 32769 bytes; at most 32768 are allowed.");
        Assert.Equal("LimitExceededException", _kms.Refused(Request(key, policy.PadRight(131_072))).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(Request(key, policy.PadRight(131_073))).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(Request(key, policy + "\u0100")).ErrorCode);
    }

    [Theory]
    [InlineData("policy", "The key policy is not a valid JSON document.")]
    [InlineData("{\"Statement\":[],}", "The key policy is not a valid JSON document.")]
    [InlineData("{\"Statement\":[],\"Statement\":[]}", "The key policy is not a valid JSON document.")]
    [InlineData("{\"Statement\":[],\"\\ud800\":[]}", "The key policy is not a valid JSON document.")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"a:b":"\ud800"}}}}""",
        "The key policy is not a valid JSON document.")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Principal":{"AWS":"\ud800"},"Action":"kms:*","Resource":"*"}}""",
        "The key policy is not a valid JSON document.")]
    [InlineData("[]", "The key policy must be a JSON object.")]
    [InlineData("{}", "The key policy has no Statement.")]
    [InlineData("{\"Statements\":[]}", "The key policy has the unknown element Statements.")]
    [InlineData("{\"Version\":\"2012-10-18\",\"Statement\":[]}", "The Version of the key policy must be 2012-10-17 or 2008-10-17.")]
    [InlineData("{\"Version\":2012,\"Statement\":[]}", "The Version of the key policy must be 2012-10-17 or 2008-10-17.")]
    [InlineData("{\"Id\":1,\"Statement\":[]}", "The Id of the key policy must be a string.")]
    [InlineData("{\"Statement\":\"x\"}", "A statement of the key policy must be a JSON object.")]
    [InlineData(
        "{\"Statement\":{\"Effect\":\"allow\",\"Principal\":\"*\"}}",
        "The Effect of a statement of the key policy must be Allow or Deny.")]
    [InlineData(
        "{\"Statement\":{\"Sid\":1,\"Effect\":\"Allow\",\"Principal\":\"*\"}}",
        "The Sid of a statement of the key policy must be a string.")]
    [InlineData(
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":1}}",
        "The Action of a statement of the key policy must be a string or a list of strings.")]
    [InlineData(
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"NotAction\":\"*\"}}",
        "A statement of the key policy has both Action and NotAction.")]
    [InlineData(
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Condition\":{\"Bool\":1}}}",
        "The Condition of a statement of the key policy must be an object of objects.")]
    [InlineData(
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Condition\":{\"Bool\":{\"a\":{}}}}}",
        "The value of the condition key a must be a string, a number, a Boolean or a list of these.")]
    public void PutKeyPolicy_Malformed_IsRefused(string policy, string message) =>
        Refuses(policy, "MalformedPolicyDocumentException", message);

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("{\"AWS\":\"*\"}")]
    [InlineData("{\"AWS\":\"111122223333\"}")]
    [InlineData("{\"AWS\":[\"arn:aws:iam::444455556666:user/path/u\",\"arn:aws:iam::444455556666:role/r\"]}")]
    [InlineData("{\"AWS\":\"arn:aws:sts::444455556666:assumed-role/r/s\"}")]
    [InlineData("{\"AWS\":\"arn:aws:sts::444455556666:federated-user/f\"}")]
    [InlineData("{\"Service\":\"s3.amazonaws.com\",\"AWS\":\"444455556666\"}")]
    [InlineData("{\"Service\":\"logs.us-east-1.amazonaws.com\"}")]
    public void PutKeyPolicy_Principal_IsAccepted(string principal) => Put(_kms.CreateKey(), Policy(Allow(Root), Allow(principal)));

    [Theory]
    [InlineData("\"alice\"")]
    [InlineData("[\"*\"]")]
    [InlineData("{}")]
    [InlineData("{\"AWS\":[]}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111122223333:group/g\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111122223333:user/\"}")]
    [InlineData("{\"AWS\":\"arn:aws:iam::111122223333:user/*\"}")]
    [InlineData("{\"AWS\":\"AIDAEXAMPLE\"}")]
    [InlineData("{\"AWS\":\"s3.amazonaws.com\"}")]
    [InlineData("{\"Service\":\"111122223333\"}")]
    [InlineData("{\"Group\":\"111122223333\"}")]
    public void PutKeyPolicy_InvalidPrincipal_IsRefused(string principal) =>
        Refuses(Policy(Allow(Root), Allow(principal)), "MalformedPolicyDocumentException", InvalidPrincipals);

    [Fact]
    public void PutKeyPolicy_NoPrincipal_IsRefused() => Refuses(
        """{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}""", "MalformedPolicyDocumentException", InvalidPrincipals);

    [Theory]
    [InlineData("kms:EncryptionContext:a", "encryption context")]
    [InlineData("aws:RequestTag/a", "tag")]
    public void PutKeyPolicy_ForAllValuesOfASingleValue_IsRefused(string conditionKey, string subject)
    {
        string statement
            = $$$$"""{"Effect":"Allow","Principal":"*","Condition":{"ForAllValues:StringEquals":{"{{{{conditionKey}}}}":"x"}}}""";

        Refuses(
            Policy(Allow(Root), statement),
            "MalformedPolicyDocumentException",
            $"OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests without "
                + $"the specified {subject} or with an unspecified {subject}. To fix, remove ForAllValues.");
    }

    [Theory]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":["kms:Encrypt","KMS:putkey*"],"Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"*","Resource":"KEY"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","NotAction":"kms:Encrypt","Resource":"arn:aws:kms:*:111122223333:key/*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:Put?eyPolicy","NotResource":"arn:aws:s3:*"}""")]
    [InlineData("""{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:DisableKey","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}""")]
    public void PutKeyPolicy_CallerCanChangeItAgain_IsAccepted(string statements) => PutAsAlice(_kms.CreateKey(), statements);

    [Theory]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}""")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},"Action":"kms:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"kms:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:Put*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"}""")]
    public void PutKeyPolicy_CallerIsLockedOut_IsRefusedUnlessBypassed(string statements)
    {
        KeyMetadata key = _kms.CreateKey();

        KmsException error = Assert.Throws<KmsException>(() => PutAsAlice(key, statements));

        Assert.Equal(("MalformedPolicyDocumentException", LockedOut), (error.ErrorCode, error.Message));
        Assert.Contains("key-default-1", _kms.Call(new GetKeyPolicyRequest { KeyId = key.KeyId }).Policy, StringComparison.Ordinal);
        _kms.Call(Request(key, Policy(statements)) with { BypassPolicyLockoutSafetyCheck = true });

        // The new policy may keep its owner from reading it.
        using IStateReader state = _kms.Engine.OpenReader();
        Assert.Equal(Policy(statements), state.FindKey("us-east-1", key.KeyId)!.Policy);
    }

    [Theory]
    [InlineData("arn:aws:iam::111122223333:role/path/r", true)]
    [InlineData("arn:aws:iam::111122223333:role/r", true)]
    [InlineData("arn:aws:sts::111122223333:assumed-role/r/s", true)]
    [InlineData("arn:aws:iam::111122223333:role/other", false)]
    [InlineData("arn:aws:sts::111122223333:assumed-role/r/other", false)]
    [InlineData("arn:aws:iam::444455556666:role/r", false)]
    public void PutKeyPolicy_CallerIsARoleSession_ItsRoleCounts(string principal, bool isGood)
    {
        PutKeyPolicyRequest request = Request(_kms.CreateKey(), Policy(Allow($$$"""{"AWS":"{{{principal}}}"}""")));
        Caller session = new() { PrincipalArn = "arn:aws:sts::111122223333:assumed-role/r/s" };

        if (isGood)
        {
            _kms.Engine.Execute(request, session);
        }
        else
        {
            Assert.Equal(LockedOut, Assert.Throws<KmsException>(() => _kms.Engine.Execute(request, session)).Message);
        }
    }

    [Fact]
    public void PutKeyPolicy_SameRulesAtCreation()
    {
        _kms.Refuses(
            new CreateKeyRequest { Policy = Policy(Allow(Root)).PadRight(32_769) },
            "LimitExceededException",
            "The key policy has 32769 bytes; at most 32768 are allowed.");
        _kms.Refuses(new CreateKeyRequest { Policy = Policy(Allow("\"bob\"")) }, "MalformedPolicyDocumentException", InvalidPrincipals);
        _kms.Refuses(
            new CreateKeyRequest { Policy = Policy(Allow("""{"AWS":"444455556666"}""")) },
            "MalformedPolicyDocumentException",
            LockedOut);
        _kms.Call(new CreateKeyRequest { Policy = Policy(Allow("""{"AWS":"444455556666"}""")), BypassPolicyLockoutSafetyCheck = true });
        KeyMetadata key = _kms.Call(new CreateKeyRequest { Policy = Policy(Allow("\"*\"")) }).KeyMetadata;
        Assert.Contains("\"Principal\" : \"*\"", _kms.Call(new GetKeyPolicyRequest { KeyId = key.KeyId }).Policy, StringComparison.Ordinal);
    }

    private static string Policy(params string[] statements) =>
        $$$"""{"Version":"2012-10-17","Statement":[{{{string.Join(',', statements)}}}]}""";

    private static string Allow(string principal) =>
        $$$"""{"Effect":"Allow","Principal":{{{principal}}},"Action":"kms:*","Resource":"*"}""";

    private static PutKeyPolicyRequest Request(KeyMetadata key, string policy) => new() { KeyId = key.KeyId, Policy = policy };

    private void Put(KeyMetadata key, string policy) => _kms.Call(Request(key, policy));

    private void PutAsAlice(KeyMetadata key, string statements) => _kms.Engine.Execute(
        Request(key, Policy(statements.Replace("KEY", key.Arn, StringComparison.Ordinal))),
        new Caller { PrincipalArn = "arn:aws:iam::111122223333:user/alice" });

    private void Refuses(string policy, string errorCode, string message) =>
        _kms.Refuses(Request(_kms.CreateKey(), policy), errorCode, message);
}
