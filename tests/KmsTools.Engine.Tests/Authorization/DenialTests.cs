using static KmsTools.Authorization.Question;

namespace KmsTools.Authorization;

/// <summary>What denials say: every side that is missing, and every condition that failed.</summary>
public sealed class DenialTests
{
    private const string OnKey = "kms:Encrypt on arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    [Fact]
    public void Missing_OwnAccount_IsTheKeyPolicyAlone() => Missing(
        new Question { Key = Allow(Eve) }, $"The key policy has to allow kms:Encrypt to {Alice}.");

    [Fact]
    public void Missing_SessionOfARole_NamesTheRoleAndItsLimits() => Missing(
        new Question { Principal = Session, Issuer = Role, Key = Allow(Eve), Boundary = None, SessionPolicy = None },
        $"The key policy has to allow kms:Encrypt to {Role}.",
        $"The permissions boundary of {Role} has to allow {OnKey}.",
        $"A policy of the session {Session} has to allow {OnKey}.");

    [Fact]
    public void Missing_RoleThatNobodyKnows_HasNoPath() => Missing(
        new Question { Principal = Session, Key = Allow(Eve) },
        "The key policy has to allow kms:Encrypt to arn:aws:iam::111122223333:role/dev.");

    [Fact]
    public void Missing_AccountStatement_LeavesTheCallersSide() => Missing(
        new Question { Boundary = None }, $"A policy of {Alice} has to allow {OnKey}.", $"The permissions boundary of {Alice} has to allow {OnKey}.");

    [Fact]
    public void Missing_OtherAccount_AreBothSides() => Missing(
        new Question { Principal = Eve, Levels = [All, None] },
        $"A policy of level 2 of the service control policies has to allow {OnKey}.",
        $"The key policy has to allow kms:Encrypt to {Eve}.",
        $"A policy of {Eve} has to allow {OnKey}.");

    [Fact]
    public void Missing_OperationOfOwnAccount_CannotBeGiven() => Missing(
        new Question { Principal = Eve, Action = "kms:TagResource", Rule = AccessRule.KeyOfOwnAccount },
        "kms:TagResource works only for principals of the account of the key, 111122223333.");

    [Fact]
    public void Missing_Retirement_IsAnIdentityPolicyOrTheGrant()
    {
        Question question = new()
        {
            Action = "kms:RetireGrant",
            Rule = AccessRule.Retirement,
            Grants = [Grant("arn:aws:iam::111122223333:user/g", GrantOperation.Decrypt)],
        };

        Missing(question, $"A policy of {Alice} has to allow kms:RetireGrant on {KeyArn}.");
        Missing(question with { Principal = Eve }, $"The grant has to name {Eve} as its retiring principal.");
        Missing(question with { Grants = [] }, $"The grant has to name {Alice} as its retiring principal.");
    }

    [Fact]
    public void FailedConditions_HaveTheValuesOfBothSides()
    {
        Question question = new()
        {
            Key = """
                {"Sid":"Two","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
                 "Condition":{"StringEquals":{"kms:KeySpec":["RSA_2048","RSA_4096"]},"Bool":{"AWS:securetransport":"true"}}},
                {"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},
                {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"aws:userid":"AROA*"}}}
                """,
            Identity = """{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}""",
        };

        AccessDecision decision = question.With(("kms:KeySpec", "RSA_3072"), ("aws:SecureTransport", "false")).Decide();

        Assert.Equal(
            [
                ("Two", 1, "StringEquals", "kms:KeySpec", "RSA_2048,RSA_4096", "RSA_3072"),
                ("Two", 1, "Bool", "AWS:securetransport", "true", "false"),
                (null, 3, "StringLike", "aws:userid", "AROA*", null),
            ],
            decision.FailedConditions.Select(static failed => (
                failed.Statement.Sid,
                failed.Statement.Number,
                failed.Operator,
                failed.Key,
                string.Join(',', failed.Expected),
                failed.Actual is { } actual ? string.Join(',', actual) : null)));
    }

    private static void Missing(Question question, params string[] sentences)
    {
        AccessDecision decision = question.Decide();
        Assert.Equal(AccessDecisionType.ImplicitlyDenied, decision.Decision);
        Assert.Equal(sentences, decision.Missing);
    }
}
