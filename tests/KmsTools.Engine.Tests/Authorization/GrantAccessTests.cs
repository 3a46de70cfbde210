using System.Collections.Immutable;
using static KmsTools.Authorization.Question;

namespace KmsTools.Authorization;

/// <summary>What grants allow, pass on, and who may retire them ("Grants in AWS KMS", AWS KMS Developer Guide).</summary>
public sealed class GrantAccessTests
{
    private const string Logs = "logs.us-west-2.amazonaws.com";

    [Theory]
    [InlineData(Alice, Alice, true)]
    [InlineData(Alice, "arn:aws:iam::111122223333:user/Alice", false)]
    [InlineData(Session, Role, true)]
    [InlineData(Session, Session, true)]
    [InlineData(Session, "arn:aws:sts::111122223333:assumed-role/dev/s2", false)]
    [InlineData(Alice, Account, true)]
    [InlineData(Alice, "111122223333", true)]
    [InlineData(Eve, "444455556666", true)]
    [InlineData(Eve, Eve, true)]
    [InlineData(Eve, Account, false)]
    public void Grantee_CoversCaller(string caller, string grantee, bool isCovered)
    {
        AccessDecision decision = new Question { Principal = caller, Key = Allow(Somebody), Grants = [Grant(grantee, GrantOperation.Encrypt)] }
            .Decide();

        Assert.Equal(isCovered, decision.IsAllowed);
        Assert.Equal(isCovered ? "g1" : null, decision.GrantId);
        Assert.Equal(
            isCovered ? "grant g1" : caller == Eve ? "cross-account: no resource-based policy" : "no resource-based policy", decision.Reason);
    }

    [Fact]
    public void Grantee_Service_IsTheServiceItself()
    {
        Question question = new() { Service = Logs, Grants = [Grant(Logs, GrantOperation.Encrypt)] };

        Assert.True(question.Decide().IsAllowed);
        Assert.False((question with { Service = "s3.amazonaws.com" }).Decide().IsAllowed);
        Assert.False((question with { Service = null }).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("kms:Encrypt", GrantOperation.Encrypt, true)]
    [InlineData("kms:Decrypt", GrantOperation.Encrypt, false)]
    [InlineData("kms:ReEncryptFrom", GrantOperation.ReEncryptFrom, true)]
    [InlineData("kms:ReEncryptTo", GrantOperation.ReEncryptFrom, false)]
    [InlineData("kms:GenerateDataKeyWithoutPlaintext", GrantOperation.GenerateDataKey, false)]
    public void Operations_MustContainTheAction(string action, GrantOperation operation, bool isAllowed) =>
        Assert.Equal(isAllowed, new Question { Action = action, Grants = [Grant(Alice, operation)] }.Decide().IsAllowed);

    [Theory]
    [InlineData(Alice, Alice, true)]
    [InlineData(Session, Session, true)]
    [InlineData(Role, Session, false)]
    [InlineData(Account, Alice, false)]
    [InlineData("444455556666", Eve, false)]
    [InlineData(Eve, Eve, false)]
    public void Grantee_LikeAPrincipalOfAPolicy_IsLimitedByBoundaryAndSession(string grantee, string caller, bool isExempt)
    {
        Question question = new() { Principal = caller, Key = Allow(Somebody), Grants = [Grant(grantee, GrantOperation.Encrypt)] };

        Assert.True((question with { Boundary = All }).Decide().IsAllowed);
        Assert.Equal(isExempt ? "grant g1" : "no permissions boundary", (question with { Boundary = None }).Decide().Reason);
        Assert.Equal(isExempt ? "grant g1" : "no session policy", (question with { SessionPolicy = None }).Decide().Reason);
    }

    [Fact]
    public void Grant_IsBeatenByDeniesAndOwnAccountRule()
    {
        Question question = new() { Grants = [Grant(Alice, GrantOperation.Encrypt)] };

        Assert.Equal("explicit deny: resource-based policy", (question with { Key = Deny("*") }).Decide().Reason);
        Assert.Equal("explicit deny: identity-based policy", (question with { Identity = DenyAll }).Decide().Reason);
        Assert.Equal("service control policy (implicit)", (question with { Levels = [None] }).Decide().Reason);
        Assert.False((question with { Rule = AccessRule.KeyOfOwnAccount }).Decide().IsAllowed);
    }

    [Theory]
    [InlineData(true, "a=1", true)]
    [InlineData(true, "a=1,b=2", false)]
    [InlineData(true, "a=2", false)]
    [InlineData(true, "A=1", false)]
    [InlineData(true, "", false)]
    [InlineData(false, "a=1", true)]
    [InlineData(false, "a=1,b=2", true)]
    [InlineData(false, "a=2,b=1", false)]
    [InlineData(false, "A=1", false)]
    [InlineData(false, "", false)]
    public void Context_MustMeetTheConstraint(bool isEquals, string context, bool isMet)
    {
        Dictionary<string, string> pairs = new() { ["a"] = "1" };
        GrantConstraints constraints = isEquals ? new() { EncryptionContextEquals = pairs } : new() { EncryptionContextSubset = pairs };
        Question question = new() { Grants = [Grant(Alice, GrantOperation.Encrypt, constraints)] };

        Assert.Equal(isMet, (question with { Context = Pairs(context) }).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("kms:DescribeKey", GrantOperation.DescribeKey)]
    [InlineData("kms:GetPublicKey", GrantOperation.GetPublicKey)]
    [InlineData("kms:CreateGrant", GrantOperation.CreateGrant)]
    public void Context_IsIgnoredForOperationsWithoutOne(string action, GrantOperation operation)
    {
        GrantConstraints constraints = new() { EncryptionContextEquals = new Dictionary<string, string> { ["a"] = "1" } };

        Assert.True(new Question { Action = action, Grants = [Grant(Alice, operation, constraints)] }.Decide().IsAllowed);
    }

    [Fact]
    public void SourceArn_MustBeThatOfTheCall()
    {
        const string Source = "arn:aws:logs:us-west-2:111122223333:log-group:a";
        Question question = new() { Service = Logs, Grants = [Grant(Logs, GrantOperation.Encrypt, new() { SourceArn = Source })] };

        Assert.True(question.With(("aws:SourceArn", Source)).Decide().IsAllowed);
        Assert.False(question.With(("aws:SourceArn", Source + "b")).Decide().IsAllowed);
        Assert.False(question.Decide().IsAllowed);
    }

    // The constraint of the parent, that of the child (E: equals, S: subset), and whether the child is within.
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "E a=1", true)]
    [InlineData("E a=1", "E a=1", true)]
    [InlineData("E a=1", "E a=1,b=2", false)]
    [InlineData("E a=1", "S a=1", false)]
    [InlineData("E a=1", "E a=2", false)]
    [InlineData("E a=1", "", false)]
    [InlineData("S a=1", "S a=1", true)]
    [InlineData("S a=1", "S a=1,b=2", true)]
    [InlineData("S a=1", "E a=1,b=2", true)]
    [InlineData("S a=1", "E b=2", false)]
    [InlineData("S a=1", "S A=1", false)]
    [InlineData("S a=1", "", false)]
    public void Scope_ConstraintsStayAsStrict(string parent, string child, bool isCovered)
    {
        Grant grant = Grant(Alice, GrantOperation.CreateGrant, Constraints(parent)) with
        {
            Operations = [GrantOperation.CreateGrant, GrantOperation.Decrypt],
        };

        Assert.Equal(isCovered, GrantScope.Covers(grant, [GrantOperation.Decrypt], Constraints(child)));
    }

    [Fact]
    public void Scope_OperationsAndSourceArnStay()
    {
        const string Source = "arn:aws:logs:us-west-2:111122223333:log-group:a";
        Grant grant = Grant(Alice, GrantOperation.CreateGrant) with { Operations = [GrantOperation.CreateGrant, GrantOperation.Decrypt] };

        Assert.True(GrantScope.Covers(grant, [GrantOperation.Decrypt, GrantOperation.CreateGrant], null));
        Assert.False(GrantScope.Covers(grant, [GrantOperation.Decrypt, GrantOperation.Encrypt], null));
        Assert.False(GrantScope.Covers(grant with { Operations = [GrantOperation.Decrypt] }, [GrantOperation.Decrypt], null));
        grant = grant with { Constraints = new GrantConstraints { SourceArn = Source } };
        Assert.True(GrantScope.Covers(grant, [GrantOperation.Decrypt], new GrantConstraints { SourceArn = Source }));
        Assert.False(GrantScope.Covers(grant, [GrantOperation.Decrypt], new GrantConstraints { SourceArn = Source + "b" }));
        Assert.False(GrantScope.Covers(grant, [GrantOperation.Decrypt], null));
    }

    [Theory]
    [InlineData(Alice, Alice, "retiring principal")]
    [InlineData(Role, Session, "retiring principal")]
    [InlineData(Eve, Eve, "retiring principal")]
    [InlineData(Eve, Account, "account of the grant")]
    [InlineData("arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:root", "retiring principal")]
    public void Retire_WithoutAnyPolicy_IsAllowed(string retiring, string caller, string reason)
    {
        AccessDecision decision = Retiring(caller, Grant("arn:aws:iam::111122223333:user/g", GrantOperation.Decrypt, null, retiring)).Decide();

        Assert.Equal((true, reason, "g1"), (decision.IsAllowed, decision.Reason, decision.GrantId));
    }

    [Theory]
    [InlineData(GrantOperation.RetireGrant, true)]
    [InlineData(GrantOperation.Decrypt, false)]
    public void Retire_ByTheGrantee_NeedsTheOperation(GrantOperation operation, bool isAllowed)
    {
        GrantConstraints constraints = new()
        {
            EncryptionContextEquals = new Dictionary<string, string> { ["a"] = "1" },
            SourceArn = "arn:aws:logs:us-west-2:111122223333:log-group:a",
        };
        AccessDecision decision = Retiring(Alice, Grant(Alice, operation, constraints)).Decide();

        Assert.Equal(isAllowed ? "grantee with RetireGrant" : "not a retiring principal", decision.Reason);
        Assert.Equal(isAllowed, decision.IsAllowed);
    }

    [Fact]
    public void Retire_Delegated_NeedsAnIdentityPolicyOfTheRightAccount()
    {
        Grant grant = Grant("arn:aws:iam::111122223333:user/g", GrantOperation.Decrypt, null, "arn:aws:iam::777788889999:root");

        Assert.Equal("delegated", (Retiring(Alice, grant) with { Identity = All }).Decide().Reason);
        Denied(Retiring(Alice, grant), PolicyKind.IdentityBased);
        Denied(Retiring(Alice, grant) with { Identity = None, Key = Allow("*") }, PolicyKind.IdentityBased);
        Denied(Retiring(Eve, grant) with { Identity = All }, PolicyKind.ResourceBased);
        Assert.Equal(
            "delegated", (Retiring("arn:aws:iam::777788889999:user/u", grant) with { Identity = All }).Decide().Reason);
        Assert.Equal(
            "no permissions boundary", (Retiring(Alice, grant) with { Identity = All, Boundary = None }).Decide().Reason);
    }

    [Fact]
    public void Retire_IdentityDenyStopsAnybody_KeyPolicyNobody()
    {
        Question question = Retiring(Alice, Grant(Eve, GrantOperation.Decrypt, null, Alice));

        Assert.Equal("explicit deny: identity-based policy", (question with { Identity = DenyAll }).Decide().Reason);
        Assert.Equal("retiring principal", (question with { Key = Deny("*") }).Decide().Reason);
    }

    private const string Somebody = "arn:aws:iam::777788889999:user/somebody";

    private static Question Retiring(string caller, Grant grant) =>
        new() { Principal = caller, Action = "kms:RetireGrant", Rule = AccessRule.Retirement, Grants = [grant] };

    private static void Denied(Question question, PolicyKind by)
    {
        AccessDecision decision = question.Decide();
        Assert.Equal(("not a retiring principal", by), (decision.Reason, decision.DeniedBy));
    }

    private static Dictionary<string, ImmutableArray<string>> Pairs(string text)
    {
        Dictionary<string, string> pairs = Parse(text);
        Dictionary<string, ImmutableArray<string>> context = [];
        foreach ((string key, string value) in pairs)
        {
            context["kms:EncryptionContext:" + key] = [value];
        }

        context["kms:EncryptionContextKeys"] = [.. pairs.Keys];
        return context;
    }

    private static GrantConstraints? Constraints(string text) => text switch
    {
        "" => null,
        ['E', ' ', .. var pairs] => new GrantConstraints { EncryptionContextEquals = Parse(pairs) },
        [_, _, .. var pairs] => new GrantConstraints { EncryptionContextSubset = Parse(pairs) },
        _ => throw new ArgumentException(text),
    };

    private static Dictionary<string, string> Parse(string text) => text.Length == 0
        ? []
        : text.Split(',').Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => pair[1]);
}
