using static KmsTools.Authorization.Question;

namespace KmsTools.Authorization;

/// <summary>Conditions ("Condition operators" and "Multivalued context keys", IAM User Guide).</summary>
public sealed class ConditionTests
{
    private const string Number = "kms:RotationPeriodInDays";
    private const string Text = "kms:KeySpec";

    [Theory]
    [InlineData("StringEquals", "a", "a", true)]
    [InlineData("StringEquals", "a", "A", false)]
    [InlineData("StringEquals", "a*", "ab", false)]
    [InlineData("StringEquals", "a*", "a*", true)]
    [InlineData("StringNotEquals", "a", "a", false)]
    [InlineData("StringNotEquals", "a", "A", true)]
    [InlineData("StringEqualsIgnoreCase", "aB", "Ab", true)]
    [InlineData("StringEqualsIgnoreCase", "aB", "Abc", false)]
    [InlineData("StringNotEqualsIgnoreCase", "aB", "Ab", false)]
    [InlineData("StringNotEqualsIgnoreCase", "aB", "Abc", true)]
    [InlineData("StringLike", "a*c", "abbc", true)]
    [InlineData("StringLike", "a*c", "ac", true)]
    [InlineData("StringLike", "a?c", "abc", true)]
    [InlineData("StringLike", "a?c", "ac", false)]
    [InlineData("StringLike", "A*", "abc", false)]
    [InlineData("StringLike", "*b*d*", "abcde", true)]
    [InlineData("StringLike", "*b*d", "abcde", false)]
    [InlineData("StringLike", "*a", "ba:a", true)]
    [InlineData("StringNotLike", "a*", "abc", false)]
    [InlineData("StringNotLike", "a*", "b", true)]
    [InlineData("stringequals", "a", "a", true)]
    [InlineData("STRINGNOTLIKE", "a*", "b", true)]
    [InlineData("ArnEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/a/b", true)]
    [InlineData("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:user/a", false)]
    [InlineData("ArnLike", "arn:aws:*:role/x", "arn:aws:iam::111122223333:role/x", false)]
    [InlineData("ArnLike", "arn:aws:iam::*:role/*", "text", false)]
    [InlineData("ArnNotEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/a", false)]
    [InlineData("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:user/a", true)]
    [InlineData("ArnNotLike", "arn:aws:iam::*:role/*", "text", true)]
    [InlineData("Bool", "true", "true", true)]
    [InlineData("Bool", "True", "TRUE", true)]
    [InlineData("Bool", "false", "true", false)]
    [InlineData("Bool", "false", "false", true)]
    [InlineData("Bool", "yes", "yes", false)]
    [InlineData("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true)]
    [InlineData("BinaryEquals", "QmluYXJ5", "QmluYXJ4", false)]
    [InlineData("BinaryEquals", "QmluYXJ5", "not base64", false)]
    [InlineData("BinaryEquals", "not base64", "not base64", false)]
    public void Texts(string condition, string expected, string actual, bool holds) => Holds(holds, condition, Text, expected, actual);

    [Theory]
    [InlineData("NumericEquals", "90", "90", true)]
    [InlineData("NumericEquals", "90", "90.0", true)]
    [InlineData("NumericEquals", "90", "91", false)]
    [InlineData("NumericNotEquals", "90", "90", false)]
    [InlineData("NumericNotEquals", "90", "91", true)]
    [InlineData("NumericLessThan", "90", "89", true)]
    [InlineData("NumericLessThan", "90", "90", false)]
    [InlineData("NumericLessThanEquals", "90", "90", true)]
    [InlineData("NumericLessThanEquals", "90", "91", false)]
    [InlineData("NumericGreaterThan", "90", "91", true)]
    [InlineData("NumericGreaterThan", "90", "90", false)]
    [InlineData("NumericGreaterThanEquals", "90", "90", true)]
    [InlineData("NumericGreaterThanEquals", "90", "89", false)]
    [InlineData("NumericLessThan", "9", "10", false)]
    [InlineData("NumericLessThan", "-1", "-2", true)]
    [InlineData("NumericEquals", "90", "many", false)]
    [InlineData("NumericNotEquals", "90", "many", true)]
    public void Numbers(string condition, string expected, string actual, bool holds) => Holds(holds, condition, Number, expected, actual);

    [Theory]
    [InlineData("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateEquals", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateEquals", "1767225600", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateEquals", "2026-01-01T00:00:00Z", "1767225600", true)]
    [InlineData("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z", false)]
    [InlineData("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false)]
    [InlineData("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", true)]
    [InlineData("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59.999Z", true)]
    [InlineData("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false)]
    [InlineData("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", false)]
    [InlineData("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", true)]
    [InlineData("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false)]
    [InlineData("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", false)]
    [InlineData("DateEquals", "2026-01-01T00:00:00Z", "tomorrow", false)]
    [InlineData("NumericLessThan", "1767225601", "2026-01-01T00:00:00Z", true)]
    [InlineData("NumericLessThan", "1767225600", "2026-01-01T00:00:00Z", false)]
    [InlineData("NumericLessThan", "1767225601", "1767225600", true)]
    public void Times(string condition, string expected, string actual, bool holds) =>
        Holds(holds, condition, "kms:ValidTo", expected, actual);

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.1.2.3/8", "10.0.0.1", true)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    [InlineData("0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("2001:db8::1", "2001:db8:0:0::1", true)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    [InlineData("10.0.0.0/8", "elsewhere", false)]
    public void Addresses(string expected, string actual, bool isInside)
    {
        Holds(isInside, "IpAddress", "aws:SourceIp", expected, actual);
        Holds(!isInside, "NotIpAddress", "aws:SourceIp", expected, actual);
    }

    [Theory]
    [InlineData("StringEquals", false)]
    [InlineData("StringLike", false)]
    [InlineData("StringNotEquals", true)]
    [InlineData("StringNotEqualsIgnoreCase", true)]
    [InlineData("StringNotLike", true)]
    [InlineData("ArnLike", false)]
    [InlineData("ArnNotLike", true)]
    [InlineData("StringEqualsIfExists", true)]
    [InlineData("stringlikeifexists", true)]
    [InlineData("ArnEqualsIfExists", true)]
    [InlineData("BoolIfExists", true)]
    [InlineData("StringNotEqualsIfExists", true)]
    [InlineData("ForAllValues:StringEquals", true)]
    [InlineData("ForAllValues:StringNotEquals", true)]
    [InlineData("ForAnyValue:StringEquals", false)]
    [InlineData("ForAnyValue:StringNotEquals", false)]
    [InlineData("ForAnyValue:StringEqualsIfExists", true)]
    public void AbsentKey(string condition, bool holds)
    {
        Question question = Conditional(condition, Text, "\"a\"");

        Assert.Equal(holds, question.Decide().IsAllowed);
        Assert.Equal(holds, question.WithMany(Text).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("NumericEquals", "1", false)]
    [InlineData("NumericNotEquals", "1", true)]
    [InlineData("DateLessThan", "2026-01-01", false)]
    [InlineData("DateNotEquals", "2026-01-01", true)]
    [InlineData("IpAddress", "10.0.0.0/8", false)]
    [InlineData("NotIpAddress", "10.0.0.0/8", true)]
    [InlineData("NumericLessThanIfExists", "1", true)]
    public void AbsentKey_OfOtherOperators(string condition, string expected, bool holds) =>
        Assert.Equal(holds, Conditional(condition, Number, $"\"{expected}\"").Decide().IsAllowed);

    [Theory]
    [InlineData("true", true, false)]
    [InlineData("false", false, true)]
    [InlineData("TRUE", true, false)]
    [InlineData("perhaps", false, false)]
    public void Null_AsksWhetherTheKeyIsAbsent(string expected, bool whenAbsent, bool whenThere)
    {
        foreach (string json in (string[])[$"\"{expected}\"", expected == "TRUE" || expected == "perhaps" ? $"\"{expected}\"" : expected])
        {
            Question question = Conditional("Null", Text, json);
            Assert.Equal(whenAbsent, question.Decide().IsAllowed);
            Assert.Equal(whenThere, question.With((Text, "a")).Decide().IsAllowed);
            Assert.Equal(whenThere, Conditional("Null", "aws:TagKeys", json).WithMany("aws:TagKeys", "a", "b").Decide().IsAllowed);
        }
    }

    [Theory]
    [InlineData("ForAllValues:StringEquals", "a", true)]
    [InlineData("ForAllValues:StringEquals", "a,b", true)]
    [InlineData("ForAllValues:StringEquals", "a,c", false)]
    [InlineData("ForAllValues:StringEquals", "A", false)]
    [InlineData("ForAllValues:StringEqualsIgnoreCase", "A,b", true)]
    [InlineData("ForAllValues:StringNotEquals", "c,d", true)]
    [InlineData("ForAllValues:StringNotEquals", "c,a", false)]
    [InlineData("ForAnyValue:StringEquals", "c,b", true)]
    [InlineData("ForAnyValue:StringEquals", "c,d", false)]
    [InlineData("ForAnyValue:StringNotEquals", "a,c", true)]
    [InlineData("ForAnyValue:StringNotEquals", "a,b", false)]
    [InlineData("forallvalues:stringequals", "a", true)]
    [InlineData("ForAllValues:StringLike", "a", true)]
    [InlineData("StringEquals", "a", false)]
    [InlineData("StringEquals", "a,b", false)]
    [InlineData("StringNotEquals", "c", false)]
    [InlineData("StringNotEquals", "c,d", false)]
    public void ManyValues(string condition, string actual, bool holds) => Assert.Equal(
        holds,
        Conditional(condition, "kms:EncryptionContextKeys", "[\"a\",\"b\"]")
            .WithMany("kms:EncryptionContextKeys", actual.Split(',')).Decide().IsAllowed);

    [Theory]
    [InlineData("StringEquals", "b", true)]
    [InlineData("StringEquals", "c", false)]
    [InlineData("StringNotEquals", "b", false)]
    [InlineData("StringNotEquals", "c", true)]
    public void SeveralValuesOfThePolicy_AreAlternatives(string condition, string actual, bool holds) =>
        Assert.Equal(holds, Conditional(condition, Text, "[\"a\",\"b\"]").With((Text, actual)).Decide().IsAllowed);

    [Theory]
    [InlineData("a", "1", true)]
    [InlineData("a", "2", false)]
    [InlineData("b", "1", false)]
    public void AllKeysAndOperators_MustHold(string text, string number, bool holds)
    {
        Question question = new()
        {
            Identity = """
                {"Effect":"Allow","Action":"*","Resource":"*","Condition":{
                  "StringEquals":{"kms:KeySpec":"a","kms:KeyUsage":"u"},"NumericEquals":{"kms:RotationPeriodInDays":1}}}
                """,
        };

        Assert.Equal(holds, question.With((Text, text), (Number, number), ("kms:KeyUsage", "u")).Decide().IsAllowed);
        Assert.False(question.With((Text, text), (Number, number), ("kms:KeyUsage", "v")).Decide().IsAllowed);
    }

    [Theory]
    [InlineData("KMS:keyspec", "kms:KeySpec")]
    [InlineData("aws:principaltag/TEAM", "aws:PrincipalTag/team")]
    [InlineData("KMS:EncryptionContext:APP", "kms:encryptioncontext:app")]
    public void Keys_CompareRegardlessOfCase(string inPolicy, string inCall) =>
        Assert.True(Conditional("StringEquals", inPolicy, "\"x\"").With((inCall, "x")).Decide().IsAllowed);

    [Theory]
    [InlineData("kms:Colour")]
    [InlineData("aws:Colour")]
    [InlineData("colour")]
    [InlineData("nothing:Colour")]
    [InlineData("kms:EncryptionContext:")]
    public void UnknownKey_NeverBecomesAnAllow(string key)
    {
        foreach (string condition in (string[])["StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals"])
        {
            Assert.False(Conditional(condition, key, "\"x\"").Decide().IsAllowed);
            Assert.False(Conditional(condition, key, "\"x\"").With((key, "x")).Decide().IsAllowed);
        }

        Assert.False(Conditional("Null", key, "true").Decide().IsAllowed);
        Assert.Equal(AccessDecisionType.ExplicitlyDenied, Denying("StringNotEquals", key, "\"x\"").Decide().Decision);
        Assert.Equal(AccessDecisionType.Allowed, Denying("StringEquals", key, "\"x\"").Decide().Decision);
    }

    [Fact]
    public void KeyOfAnotherService_IsAbsent()
    {
        Assert.True(Conditional("StringNotEquals", "ec2:InstanceType", "\"x\"").Decide().IsAllowed);
        Assert.True(Conditional("StringEqualsIfExists", "s3:prefix", "\"x\"").Decide().IsAllowed);
        Assert.False(Conditional("StringEquals", "s3:prefix", "\"x\"").Decide().IsAllowed);
    }

    [Theory]
    [InlineData("NumericNotEquals", Number, "many", "1")]
    [InlineData("DateNotEquals", "aws:CurrentTime", "soon", "2026-01-01T00:00:00Z")]
    [InlineData("NotIpAddress", "aws:SourceIp", "here", "10.0.0.1")]
    [InlineData("NotIpAddress", "aws:SourceIp", "10.0.0.0/33", "10.0.0.1")]
    public void ValueThatCannotBeCompared_NeverBecomesAnAllow(string condition, string key, string expected, string actual)
    {
        Assert.False(Conditional(condition, key, $"\"{expected}\"").With((key, actual)).Decide().IsAllowed);
        Assert.Equal(
            AccessDecisionType.ExplicitlyDenied, Denying(condition, key, $"\"{expected}\"").With((key, actual)).Decide().Decision);
    }

    [Theory]
    [InlineData("StringEqualz")]
    [InlineData("ForSomeValues:StringEquals")]
    [InlineData("NullIfExists")]
    [InlineData("")]
    public void UnknownOperator_IsRefused_AndNeverAllowsWhereItIsStored(string condition)
    {
        string statement =
            $$$$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{{{condition}}}}":{"kms:KeySpec":"x"}}}""";
        Assert.Equal(
            $"The Condition of a statement of the identity policy has the unknown operator {condition}.",
            Assert.Throws<KmsException>(() => Parse(statement, isStored: false)).Message);
        AccessRequest request = new Question().With((Text, "x")).Request();

        Assert.False(Evaluator.Decide(request with { IdentityPolicies = [Parse(statement, isStored: true)] }).IsAllowed);
        Assert.Equal(
            AccessDecisionType.ExplicitlyDenied,
            Evaluator.Decide(request with
            {
                IdentityPolicies = [Parse(All, isStored: true), Parse(statement.Replace("Allow", "Deny", StringComparison.Ordinal), isStored: true)],
            }).Decision);
    }

    private static PolicyDocument Parse(string statement, bool isStored)
    {
        string policy = $$"""{"Version":"2012-10-17","Statement":{{statement}}}""";
        return isStored
            ? PolicyDocument.Read(policy, PolicyForm.Identity, PolicyKind.IdentityBased, "p")
            : PolicyDocument.Parse(policy, PolicyForm.Identity, PolicyKind.IdentityBased, "p");
    }

    private static void Holds(bool holds, string condition, string key, string expected, string actual)
    {
        string json = $"\"{expected}\"";
        Assert.Equal(holds, Conditional(condition, key, json).With((key, actual)).Decide().IsAllowed);
        Assert.Equal(holds, Conditional(condition + "IfExists", key, json).With((key, actual)).Decide().IsAllowed);
        Assert.Equal(holds, !Denying(condition, key, json).With((key, actual)).Decide().IsAllowed);
    }

    private static Question Conditional(string condition, string key, string values) => new()
    {
        Identity =
            $$$$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{{{condition}}}}":{"{{{{key}}}}":{{{{values}}}}}}}""",
    };

    private static Question Denying(string condition, string key, string values)
    {
        Question question = Conditional(condition, key, values);
        return question with { Identity = $"{All},{question.Identity!.Replace("Allow", "Deny", StringComparison.Ordinal)}" };
    }
}
