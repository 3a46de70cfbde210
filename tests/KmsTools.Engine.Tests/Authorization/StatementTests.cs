using static KmsTools.Authorization.Question;

namespace KmsTools.Authorization;

/// <summary>Principals, actions, resources and variables of statements ("AWS JSON policy elements", IAM User Guide).</summary>
public sealed class StatementTests
{
    [Theory]
    [InlineData("111122223333", Alice, false)]
    [InlineData("arn:aws:iam::444455556666:root", Alice, false)]
    [InlineData(Alice, Alice, true)]
    [InlineData("arn:aws:iam::111122223333:user/Alice", Alice, false)]
    [InlineData("arn:aws:iam::111122223333:user/path/alice", Alice, false)]
    [InlineData("arn:aws:iam::111122223333:role/alice", Alice, false)]
    [InlineData("arn:aws:iam::111122223333:role/dev", Session, true)]
    [InlineData("arn:aws:iam::111122223333:role/any/path/dev", Session, true)]
    [InlineData("arn:aws:iam::111122223333:role/Dev", Session, false)]
    [InlineData("arn:aws:iam::111122223333:role/my-dev", Session, false)]
    [InlineData("arn:aws:iam::444455556666:role/dev", Session, false)]
    [InlineData("arn:aws:iam::111122223333:user/dev", Session, false)]
    [InlineData(Session, Session, true)]
    [InlineData("arn:aws:sts::111122223333:assumed-role/dev/s2", Session, false)]
    [InlineData("arn:aws:sts::111122223333:assumed-role/dev/S1", Session, false)]
    [InlineData(Federated, Federated, true)]
    [InlineData("arn:aws:sts::111122223333:federated-user/other", Federated, false)]
    [InlineData("arn:aws:iam::111122223333:user/fred", Federated, false)]
    [InlineData("*", Session, true)]
    [InlineData("AIDACKCEVSQ6C2EXAMPLE", Alice, false)]
    [InlineData("AROACKCEVSQ6C2EXAMPLE", Session, false)]
    public void Principal_OfTheKeyPolicy_CoversCaller(string principal, string caller, bool isCovered)
    {
        Assert.Equal(isCovered, new Question { Principal = caller, Key = Allow(principal) }.Decide().IsAllowed);

        // In a Deny, an account is everybody in it.
        bool isAccount = principal == "111122223333";
        Assert.Equal(
            isCovered || isAccount ? AccessDecisionType.ExplicitlyDenied : AccessDecisionType.Allowed,
            new Question { Principal = caller, Key = $"{Allow("*")},{Deny(principal)}" }.Decide().Decision);
    }

    [Fact]
    public void Principal_OneOfTheListIsEnough()
    {
        Question question = new()
        {
            Key = $$"""{"Effect":"Allow","Principal":{"AWS":["{{Eve}}","{{Alice}}"]},"Action":["kms:Sign","kms:Encrypt"],"Resource":"*"}""",
        };

        Assert.True(question.Decide().IsAllowed);
        Assert.False((question with { Principal = Session }).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("{\"AWS\":\"*\"}")]
    public void Principal_Everybody_IsWrittenInTwoWays(string principal) => Assert.Equal(
        "key policy: principal",
        new Question { Key = $$"""{"Effect":"Allow","Principal":{{principal}},"Action":"kms:*","Resource":"*"}""" }.Decide().Reason);

    // A caller is listed by its own ARN, its role or its account.
    [Theory]
    [InlineData(Alice, Alice, true)]
    [InlineData(Alice, Account, true)]
    [InlineData(Session, Role, true)]
    [InlineData(Session, Session, true)]
    [InlineData(Alice, Eve, false)]
    [InlineData(Alice, "AIDACKCEVSQ6C2EXAMPLE", false)]
    [InlineData(Eve, Account, false)]
    public void NotPrincipal_SparesThoseThatAreListed(string caller, string listed, bool isListed)
    {
        string deny = $$"""{"Effect":"Deny","NotPrincipal":{"AWS":"{{listed}}"},"Action":"kms:*","Resource":"*"}""";
        Question question = new() { Principal = caller, Key = $"{Allow("*")},{deny}", Identity = All };

        Assert.Equal(isListed ? AccessDecisionType.Allowed : AccessDecisionType.ExplicitlyDenied, question.Decide().Decision);
        Assert.Equal(AccessDecisionType.ExplicitlyDenied, (question with { Boundary = All }).Decide().Decision);

        string allow = deny.Replace("Deny", "Allow", StringComparison.Ordinal);
        Assert.Equal(!isListed, (question with { Key = allow, Boundary = All }).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("kms:Encrypt", true)]
    [InlineData("KMS:encrypt", true)]
    [InlineData("kms:*", true)]
    [InlineData("*", true)]
    [InlineData("kms:E*t", true)]
    [InlineData("kms:?ncrypt", true)]
    [InlineData("kms:Encrypt*", true)]
    [InlineData("kms:Encrypt?", false)]
    [InlineData("kms:?Encrypt", false)]
    [InlineData("kms:*x*", false)]
    [InlineData("kms:Decrypt", false)]
    [InlineData("Encrypt", false)]
    [InlineData("s3:*", false)]
    [InlineData("", false)]
    public void Action_FitsRegardlessOfCase(string action, bool fits)
    {
        Assert.Equal(fits, Identity($"\"Action\":\"{action}\",\"Resource\":\"*\"").Decide().IsAllowed);
        Assert.Equal(fits, Identity($"\"Action\":[\"kms:Sign\",\"{action}\"],\"Resource\":\"*\"").Decide().IsAllowed);
        Assert.Equal(!fits, Identity($"\"NotAction\":[\"kms:Sign\",\"{action}\"],\"Resource\":\"*\"").Decide().IsAllowed);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData(KeyArn, true)]
    [InlineData("arn:aws:kms:*", true)]
    [InlineData("arn:aws:kms:us-*", true)]
    [InlineData("arn:*", true)]
    [InlineData("arn:aws:kms:*:111122223333:key/*", true)]
    [InlineData("arn:aws:kms:*:*:key/1234abcd-*", true)]
    [InlineData("arn:aws:kms:us-west-?:111122223333:*", true)]
    [InlineData("arn:aws:kms:us-west-2:111122223333:*/1234abcd-12ab-34cd-56ef-1234567890ab", true)]
    [InlineData("arn:aws:kms:us-east-*", false)]
    [InlineData("arn:aws:kms:us-west-?:444455556666:*", false)]
    [InlineData("arn:aws:kms:us-west-2:111122223333:key/1234ABCD-12ab-34cd-56ef-1234567890ab", false)]
    [InlineData("arn:aws:kms:us-west-2:111122223333:key", false)]
    [InlineData("arn:aws:kms:us-west-2", false)]
    [InlineData("arn:aws:kms", false)]
    [InlineData("arn:aws:*:key/1234abcd-12ab-34cd-56ef-1234567890ab", false)]
    [InlineData("arn:aws:kms:us-west-2:111122223333:alias/a", false)]
    [InlineData("key/*", false)]
    [InlineData("", false)]
    public void Resource_IsComparedPartByPart(string resource, bool fits)
    {
        Assert.Equal(fits, Identity($"\"Action\":\"*\",\"Resource\":\"{resource}\"").Decide().IsAllowed);
        Assert.Equal(!fits, Identity($"\"Action\":\"*\",\"NotResource\":[\"arn:aws:s3:*\",\"{resource}\"]").Decide().IsAllowed);
        Assert.Equal(
            fits,
            new Question { Key = $$"""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"{{resource}}"}""" }.Decide().IsAllowed);
    }

    [Theory]
    [InlineData("\"Action\":\"kms:*\"")]
    [InlineData("\"Resource\":\"*\"")]
    public void KeyPolicy_WithoutActionOrResource_HasNoEffect(string member) => Assert.Equal(
        "no resource-based policy", new Question { Key = $$"""{"Effect":"Allow","Principal":"*",{{member}}}""" }.Decide().Reason);

    [Theory]
    [InlineData("${aws:username}", true)]
    [InlineData("${AWS:UserName}", true)]
    [InlineData("${ aws:username }", true)]
    [InlineData("${aws:PrincipalTag/k}", false)]
    [InlineData("${aws:PrincipalTag/k, 'alice'}", true)]
    [InlineData("${aws:PrincipalTag/k,'alice'}", true)]
    [InlineData("${aws:PrincipalTag/k, 'bob'}", false)]
    [InlineData("${aws:username, 'bob'}", true)]
    [InlineData("${aws:TagKeys, 'alice'}", true)]
    [InlineData("${aws:TagKeys}", false)]
    [InlineData("ali${aws:PrincipalTag/ce}", true)]
    [InlineData("${aws:username", false)]
    [InlineData("$aws:username", false)]
    public void Variable_InResource_HasTheValueOfTheCall(string name, bool fits)
    {
        Question question = Identity($"\"Action\":\"*\",\"Resource\":\"arn:aws:kms:us-west-2:111122223333:alias/{name}\"") with
        {
            Rule = AccessRule.IdentityOnly,
            Resource = "arn:aws:kms:us-west-2:111122223333:alias/alice",
        };
        question = question.With(("aws:username", "alice"), ("aws:PrincipalTag/ce", "ce"), ("aws:TagKeys", "alice"));

        Assert.Equal(fits, question.Decide().IsAllowed);
        Assert.False((question with { Version = "2008-10-17" }).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("a${*}b", "a*b", true)]
    [InlineData("a${*}b", "a-b", false)]
    [InlineData("a${?}b", "a?b", true)]
    [InlineData("a${?}b", "a-b", false)]
    [InlineData("a${$}b", "a$b", true)]
    [InlineData("${aws:PrincipalTag/k}b", "a-b", false)]
    [InlineData("${aws:PrincipalTag/k}b", "a*b", true)]
    [InlineData("${aws:PrincipalTag/k}*", "a*xyz", true)]
    public void Variable_IsLiteralText(string pattern, string value, bool fits) => Assert.Equal(
        fits,
        Identity($$$"""
            "Action":"*","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:p":"{{{pattern}}}"}}
            """).With(("kms:EncryptionContext:p", value), ("aws:PrincipalTag/k", "a*")).Decide().IsAllowed);

    [Theory]
    [InlineData("StringEquals", "kms:CallerAccount", false)]
    [InlineData("StringLike", "kms:CallerAccount", false)]
    [InlineData("StringNotEquals", "kms:CallerAccount", true)]
    [InlineData("StringNotLike", "kms:CallerAccount", true)]
    [InlineData("ArnEquals", "aws:PrincipalArn", false)]
    [InlineData("ArnNotLike", "aws:PrincipalArn", true)]
    [InlineData("Bool", "aws:SecureTransport", false)]
    public void Variable_WithoutValue_FitsInvertedOperatorsOnly(string condition, string key, bool fits) => Assert.Equal(
        fits,
        Identity($$$"""
            "Action":"*","Resource":"*","Condition":{"{{{condition}}}":{"{{{key}}}":"${aws:username}"}}
            """).With(("kms:CallerAccount", "x"), ("aws:PrincipalArn", Alice), ("aws:SecureTransport", "true")).Decide().IsAllowed);

    [Fact]
    public void Variable_InDocumentOf2008_IsLiteralText()
    {
        Question question = Identity("""
            "Action":"*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"${aws:username}"}}
            """);

        Assert.True(question.With(("aws:username", "x"), ("kms:CallerAccount", "x")).Decide().IsAllowed);
        Assert.False(question.With(("aws:username", "x"), ("kms:CallerAccount", "${aws:username}")).Decide().IsAllowed);
        question = question with { Version = "2008-10-17" };
        Assert.False(question.With(("aws:username", "x"), ("kms:CallerAccount", "x")).Decide().IsAllowed);
        Assert.True(question.With(("aws:username", "x"), ("kms:CallerAccount", "${aws:username}")).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("aws:ResourceTag/k", "v")]
    [InlineData("kms:ResourceAliases", "alias/a")]
    public void TagsAndAliasesOfKeys_AreAbsentInKeyPolicies(string key, string value)
    {
        string condition = $$$""","Condition":{"ForAnyValue:StringEquals":{"{{{key}}}":"{{{value}}}"}}""";
        Question question = new() { Key = Allow(Alice, condition) };

        AccessDecision decision = question.WithMany(key, value).Decide();

        Assert.Equal("no resource-based policy", decision.Reason);
        Assert.Null(Assert.Single(decision.FailedConditions).Actual);
        Assert.True(Identity("\"Action\":\"*\",\"Resource\":\"*\"" + condition).WithMany(key, value).Decide().IsAllowed);
    }

    private static Question Identity(string members) => new() { Identity = $$"""{"Effect":"Allow",{{members}}}""" };
}
