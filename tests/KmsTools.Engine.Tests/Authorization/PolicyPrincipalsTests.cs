namespace KmsTools.Authorization;

public sealed class PolicyPrincipalsTests
{
    private const string Arn = "arn:aws:iam::111122223333:user/alice";

    [Theory]
    [InlineData("""{"Statement":{"Principal":{"AWS":"ARN"}}}""", """{"Statement":{"Principal":{"AWS":"AIDA"}}}""")]
    [InlineData(
        """{ "Statement" : [ {"NotPrincipal": { "AWS" : [ "é", "ARN", "ARN" ] } } ] }""",
        """{ "Statement" : [ {"NotPrincipal": { "AWS" : [ "é", "AIDA", "AIDA" ] } } ] }""")]
    [InlineData(
        """{"Statement":[{"Principal":{"Service":"ARN","AWS":["x"]}},{"Principal":{"AWS":"ARN"}}]}""",
        """{"Statement":[{"Principal":{"Service":"ARN","AWS":["x"]}},{"Principal":{"AWS":"AIDA"}}]}""")]
    [InlineData(
        """{"Statement":{"Principal":{"\u0041WS":"\u0061rn:aws:iam::111122223333:user\/alice"}}}""",
        """{"Statement":{"Principal":{"\u0041WS":"AIDA"}}}""")]
    public void Replace_Principal_IsReplacedAndNothingElse(string policy, string expected) =>
        Assert.Equal(expected, PolicyPrincipals.Replace(policy.Replace("ARN", Arn, StringComparison.Ordinal), Arn, "AIDA")
            .Replace(Arn, "ARN", StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"Statement":{"Principal":{"AWS":"ARN2"}}}""")]
    [InlineData("""{"Statement":{"Principal":"ARN"}}""")]
    [InlineData("""{"Statement":{"Resource":"ARN","Sid":"ARN"}}""")]
    [InlineData("""{"Statement":{"Condition":{"StringEquals":{"AWS":"ARN"}}}}""")]
    [InlineData("""{"Statement":{"Condition":{"Principal":{"AWS":"ARN"}}}}""")]
    [InlineData("""{"Id":"ARN","Principal":{"AWS":"ARN"}}""")]
    public void Replace_AnythingElse_IsTheSamePolicy(string policy)
    {
        string given = policy.Replace("ARN", Arn, StringComparison.Ordinal);
        Assert.Same(given, PolicyPrincipals.Replace(given, Arn, "AIDA"));
    }
}
