using static KmsTools.Authorization.Question;

namespace KmsTools.Authorization;

/// <summary>Who decides, and what limits it: sections of "Policy evaluation logic", IAM User Guide, and "Key policies in AWS KMS".</summary>
public sealed class EvaluatorTests
{
    private const string DenyKmsToEverybody = """{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}""";

    [Fact]
    public void Decide_AccountStatementAndIdentityPolicy_Allows()
    {
        AccessDecision decision = new Question { Identity = All }.Decide();

        Assert.Equal((AccessDecisionType.Allowed, "key policy: account + identity-based policy"), (decision.Decision, decision.Reason));
        Assert.Equal(
            [
                new StatementReference(PolicyKind.ResourceBased, "p", null, 1, IsAllow: true),
                new StatementReference(PolicyKind.IdentityBased, "p", null, 1, IsAllow: true),
            ],
            decision.Statements);
        Assert.Null(decision.DeniedBy);
        Assert.True(decision.IsAllowed);
    }

    [Fact]
    public void Decide_AccountStatementAlone_Denies() => Denies(new Question(), "no identity-based policy", PolicyKind.IdentityBased);

    [Fact]
    public void Decide_IdentityPolicyAlone_Denies() =>
        Denies(new Question { Key = Allow(Eve), Identity = All }, "no resource-based policy", PolicyKind.ResourceBased);

    [Fact]
    public void Decide_NoKeyPolicy_Denies() => Denies(
        new Question { Identity = All }.Request() with { ResourcePolicy = null }, "no resource-based policy", PolicyKind.ResourceBased);

    [Theory]
    [InlineData(Alice, null, Alice, "key policy: principal")]
    [InlineData(Session, Role, Session, "key policy: principal")]
    [InlineData(Session, Role, Role, "key policy: role")]
    [InlineData(Session, null, Role, "key policy: role")]
    [InlineData(Role, null, Role, "key policy: role")]
    [InlineData(Federated, Alice, Federated, "key policy: principal")]
    [InlineData(Account, null, Account, "key policy: principal")]
    [InlineData(Account, null, "111122223333", "key policy: principal")]
    [InlineData(Alice, null, "*", "key policy: principal")]
    public void Decide_KeyPolicyNamesTheCaller_AllowsWithoutIdentityPolicy(string caller, string? issuer, string principal, string reason) =>
        Allows(new Question { Principal = caller, Issuer = issuer, Key = Allow(principal) }, reason);

    [Fact]
    public void Decide_RootUser_HasNoPowerOfItsOwn() => Denies(
        new Question { Principal = Account, Key = Allow(Alice), Identity = All }, "no resource-based policy", PolicyKind.ResourceBased);

    [Fact]
    public void Decide_StatementsDoNotAddUp() => Denies(
        new Question
        {
            Key = """
                {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Decrypt","Resource":"*"},
                {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Encrypt","Resource":"*"}
                """,
            Identity = All,
        },
        "no resource-based policy",
        PolicyKind.ResourceBased);

    [Fact]
    public void Decide_ConditionOfTheAccountStatement_LimitsIdentityPolicies()
    {
        Question question = new()
        {
            Key = Allow(Account, ""","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}"""),
            Identity = All,
        };

        Allows(question.With(("kms:CallerAccount", "111122223333")), "key policy: account + identity-based policy");
        Denies(question.With(("kms:CallerAccount", "444455556666")), "no resource-based policy", PolicyKind.ResourceBased);
    }

    // "What limits a direct allow": principal, caller, issuer, whether a boundary and whether a session policy limit it.
    [Theory]
    [InlineData(Alice, Alice, null, false, null)]
    [InlineData(Role, Session, Role, true, true)]
    [InlineData(Session, Session, Role, false, false)]
    [InlineData("*", Session, Role, false, false)]
    [InlineData("*", Alice, null, false, null)]
    [InlineData(Alice, Federated, Alice, true, true)]
    [InlineData(Federated, Federated, Alice, false, false)]
    public void Decide_DirectAllow_LimitsByPrincipal(string principal, string caller, string? issuer, bool byBoundary, bool? bySession)
    {
        Question question = new() { Principal = caller, Issuer = issuer, Key = Allow(principal), Identity = None, SessionPolicy = All };
        Assert.True(question.Decide().IsAllowed);

        AccessDecision bounded = (question with { Boundary = None }).Decide();
        Assert.Equal(byBoundary ? "no permissions boundary" : "key policy: principal", bounded.Reason);
        Assert.Equal(byBoundary ? PolicyKind.PermissionsBoundary : null, bounded.DeniedBy);
        Assert.True((question with { Boundary = All }).Decide().IsAllowed);

        if (bySession is { } limits)
        {
            AccessDecision session = (question with { SessionPolicy = None }).Decide();
            Assert.Equal(limits ? "no session policy" : "key policy: principal", session.Reason);
            Assert.Equal(limits ? PolicyKind.Session : null, session.DeniedBy);
        }
    }

    [Fact]
    public void Decide_AccountStatement_IsLimitedByBoundaryAndSession()
    {
        Question question = new() { Principal = Session, Issuer = Role, Identity = All };

        Allows(question with { Boundary = All, SessionPolicy = All }, "key policy: account + identity-based policy");
        Denies(question with { Boundary = None, SessionPolicy = None }, "no permissions boundary", PolicyKind.PermissionsBoundary);
        Denies(question with { Boundary = All, SessionPolicy = None }, "no session policy", PolicyKind.Session);
        Denies(question with { Identity = None, Boundary = None }, "no identity-based policy", PolicyKind.IdentityBased);
        Allows(question, "key policy: account + identity-based policy");
    }

    [Fact]
    public void Decide_FederatedUserWithoutSessionPolicy_HasNoPermissionsOfItsUser()
    {
        Question question = new() { Principal = Federated, Issuer = Alice, Identity = All };

        Denies(question, "no session policy", PolicyKind.Session);
        Denies(question with { Key = Allow(Alice) }, "no session policy", PolicyKind.Session);
        Allows(question with { SessionPolicy = All }, "key policy: account + identity-based policy");
        Allows(question with { Key = Allow(Federated) }, "key policy: principal");
    }

    [Fact]
    public void Decide_ExplicitDenies_WinInTheirOrder()
    {
        Question question = new()
        {
            Principal = Session,
            Issuer = Role,
            Levels = [DenyAll],
            ResourceControl = DenyKmsToEverybody,
            Key = $"{Allow(Session)},{Deny(Role)}",
            Identity = DenyAll,
            Boundary = DenyAll,
            SessionPolicy = DenyAll,
            Grants = [Grant(Session, GrantOperation.Encrypt)],
        };

        Denied(question, "service control policy", PolicyKind.ServiceControl);
        Denied(question = question with { Levels = default }, "explicit deny: resource control policy", PolicyKind.ResourceControl);
        Denied(question = question with { ResourceControl = null }, "explicit deny: resource-based policy", PolicyKind.ResourceBased);
        Denied(question = question with { Key = Allow(Session) }, "explicit deny: identity-based policy", PolicyKind.IdentityBased);
        Denied(question = question with { Identity = null }, "explicit deny: permissions boundary", PolicyKind.PermissionsBoundary);
        Denied(question = question with { Boundary = null }, "explicit deny: session policy", PolicyKind.Session);
        Allows(question with { SessionPolicy = null }, "key policy: principal");
    }

    [Fact]
    public void Decide_Deny_NamesItsStatement()
    {
        Question question = new() { Key = $"{Allow(Alice)},{Deny(Account, ""","Sid":"Stop" """)}" };

        Assert.Equal(
            [new StatementReference(PolicyKind.ResourceBased, "p", "Stop", 2, IsAllow: false)], question.Decide().Statements);
    }

    [Fact]
    public void Decide_ServiceControlPolicies_EachLevelMustAllow()
    {
        Question question = new() { Principal = Account };

        Allows(question, "key policy: principal");
        Allows(question with { Levels = [All, All] }, "key policy: principal");
        Denies(question with { Levels = [All, None] }, "service control policy (implicit)", PolicyKind.ServiceControl);
        Denies(question with { Levels = [None, All] }, "service control policy (implicit)", PolicyKind.ServiceControl);
        Allows(question with { Levels = [$"{None},{All}"] }, "key policy: principal");
    }

    [Theory]
    [InlineData("AWSServiceRoleForAutoScaling", true)]
    [InlineData("ServiceRole", false)]
    public void Decide_RoleOfAService_IsNotGuarded(string role, bool isAllowed)
    {
        Question question = new() { Principal = $"arn:aws:sts::111122223333:assumed-role/{role}/s", Identity = All };

        Assert.True(question.Decide().IsAllowed);
        Assert.Equal(isAllowed, (question with { Levels = [DenyAll] }).Decide().IsAllowed);
        Assert.Equal(isAllowed, (question with { Levels = [None] }).Decide().IsAllowed);
        Assert.Equal(isAllowed, (question with { ResourceControl = DenyKmsToEverybody }).Decide().IsAllowed);
    }

    [Fact]
    public void Decide_Service_NeedsItsNameAndNoPolicyOfItsOwn()
    {
        const string Statement =
            """{"Effect":"Allow","Principal":{"Service":"logs.us-west-2.amazonaws.com"},"Action":"kms:Encrypt","Resource":"*"}""";
        Question question = new() { Service = "logs.us-west-2.amazonaws.com", Key = Statement, Levels = [DenyAll] };

        Allows(question, "key policy: principal");
        Denies(question with { Service = "logs.eu-west-1.amazonaws.com" }, "no resource-based policy", PolicyKind.ResourceBased);
        Denies(question with { Service = null, Levels = default }, "no resource-based policy", PolicyKind.ResourceBased);
        Denies(question with { Key = null }, "no resource-based policy", PolicyKind.ResourceBased);
    }

    [Theory]
    [InlineData(Eve)]
    [InlineData("arn:aws:iam::444455556666:root")]
    [InlineData("444455556666")]
    [InlineData("*")]
    public void Decide_OtherAccount_BothSidesMustAllow(string principal)
    {
        Question question = new() { Principal = Eve, Key = Allow(principal), Identity = All };

        Allows(question, "key policy + identity-based policy");
        Denies(question with { Identity = null }, "no identity-based policy", PolicyKind.IdentityBased, isOtherAccount: true);
        Denies(question with { Boundary = None }, "no permissions boundary", PolicyKind.PermissionsBoundary, isOtherAccount: true);
        Denies(question with { Levels = [None] }, "service control policy (implicit)", PolicyKind.ServiceControl, isOtherAccount: true);
        Denies(question with { Key = Allow(Account) }, "cross-account: no resource-based policy", PolicyKind.ResourceBased, isOtherAccount: true);
        Denies(
            question with { Rule = AccessRule.KeyOfOwnAccount },
            "cross-account: operation not supported",
            PolicyKind.ResourceBased,
            isOtherAccount: true);
    }

    [Fact]
    public void Decide_OtherAccount_SessionIsLimitedEvenWhereItIsNamed()
    {
        const string Other = "arn:aws:sts::444455556666:assumed-role/dev/s1";
        Question question = new() { Principal = Other, Key = Allow(Other), Identity = All };

        Allows(question, "key policy + identity-based policy");
        Denies(question with { SessionPolicy = None }, "no session policy", PolicyKind.Session, isOtherAccount: true);
    }

    [Fact]
    public void Decide_OtherAccount_RootUserNeedsNoIdentityPolicy() => Allows(
        new Question { Principal = "arn:aws:iam::444455556666:root", Key = Allow("444455556666") }, "key policy + identity-based policy");

    [Fact]
    public void Decide_OwnAccountOnly_WorksThere() =>
        Allows(new Question { Rule = AccessRule.KeyOfOwnAccount, Identity = All }, "key policy: account + identity-based policy");

    [Theory]
    [InlineData("*", true)]
    [InlineData("**", true)]
    [InlineData("*:*:*:*:*:*", true)]
    [InlineData("arn:aws:kms:*", false)]
    [InlineData("arn:aws:kms:*:*:*", false)]
    [InlineData(KeyArn, false)]
    public void Decide_IdentityOnly_NeedsAResourceThatCoversEverything(string resource, bool isAllowed)
    {
        Question question = new()
        {
            Action = "kms:ListKeys",
            Resource = "*",
            Rule = AccessRule.IdentityOnly,
            Identity = $$"""{"Effect":"Allow","Action":"kms:ListKeys","Resource":"{{resource}}"}""",
        };

        AccessDecision decision = question.Decide();

        Assert.Equal(isAllowed, decision.IsAllowed);
        Assert.Equal(isAllowed ? "identity-based policy" : "no identity-based policy", decision.Reason);
    }

    [Fact]
    public void Decide_IdentityOnly_KeyPolicyAndGrantsHaveNoSay()
    {
        Question question = new()
        {
            Action = "kms:CreateKey",
            Resource = "*",
            Rule = AccessRule.IdentityOnly,
            Key = $"{Allow("*")},{Deny("*")}",
            Grants = [Grant(Alice, GrantOperation.Encrypt)],
        };

        Denies(question, "no identity-based policy", PolicyKind.IdentityBased);
        Allows(question with { Identity = All }, "identity-based policy");
        Denies(question with { Identity = All, Boundary = None }, "no permissions boundary", PolicyKind.PermissionsBoundary);
        Denies(question with { Identity = All, SessionPolicy = None }, "no session policy", PolicyKind.Session);
        Allows(question with { Principal = Account }, "identity-based policy");
        Denies(question with { Principal = Account, Levels = [None] }, "service control policy (implicit)", PolicyKind.ServiceControl);
    }

    [Fact]
    public void Decide_TrustPolicy_IsNamedAsSuch()
    {
        const string Trust =
            """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"PRINCIPAL"},"Action":"sts:AssumeRole"}}""";
        AccessRequest request = new Question { Action = "sts:AssumeRole", Resource = Role }.Request();
        AccessRequest Trusting(string principal) => request with
        {
            ResourcePolicy = PolicyDocument.Parse(
                Trust.Replace("PRINCIPAL", principal, StringComparison.Ordinal), PolicyForm.Trust, PolicyKind.ResourceBased, "trust"),
        };

        Assert.Equal("trust policy: principal", Evaluator.Decide(Trusting(Alice)).Reason);
        AccessDecision denied = Evaluator.Decide(Trusting(Account));
        Assert.Equal("no identity-based policy", denied.Reason);
        Assert.Equal("The trust policy has to allow sts:AssumeRole to " + Alice + ".", Evaluator.Decide(Trusting(Eve)).Missing[0]);
        Assert.Equal(
            "trust policy: account + identity-based policy",
            Evaluator.Decide(Trusting(Account) with { IdentityPolicies = new Question { Identity = All }.Request().IdentityPolicies }).Reason);
    }

    private static void Allows(Question question, string reason)
    {
        AccessDecision decision = question.Decide();
        Assert.Equal((AccessDecisionType.Allowed, reason), (decision.Decision, decision.Reason));
        Assert.Null(decision.DeniedBy);
        Assert.Empty(decision.Missing);
        Assert.Empty(decision.FailedConditions);
    }

    private static void Denies(Question question, string reason, PolicyKind by, bool isOtherAccount = false) =>
        Denies(question.Request(), reason, by, isOtherAccount);

    private static void Denies(AccessRequest request, string reason, PolicyKind by, bool isOtherAccount = false)
    {
        AccessDecision decision = Evaluator.Decide(request);
        Assert.Equal((AccessDecisionType.ImplicitlyDenied, reason, by), (decision.Decision, decision.Reason, decision.DeniedBy));
        Assert.Equal(isOtherAccount, decision.IsOtherAccount);
        Assert.NotEmpty(decision.Missing);
        Assert.Empty(decision.Statements);
        Assert.False(decision.IsAllowed);
    }

    private static void Denied(Question question, string reason, PolicyKind by)
    {
        AccessDecision decision = question.Decide();
        Assert.Equal((AccessDecisionType.ExplicitlyDenied, reason, by), (decision.Decision, decision.Reason, decision.DeniedBy));
        Assert.Equal(by, Assert.Single(decision.Statements).Kind);
        Assert.Empty(decision.Missing);
    }
}
