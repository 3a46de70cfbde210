namespace KmsTools.Authorization;

/// <summary>Which policies are refused, and with which words. Those of key policies are also tested through PutKeyPolicy.</summary>
public sealed class PolicyDocumentTests
{
    private const string Statement = """{"Effect":"Allow","Action":"*","Resource":"*"}""";

    [Theory]
    [InlineData("policy", "The identity policy is not a valid JSON document.")]
    [InlineData("[]", "The identity policy must be a JSON object.")]
    [InlineData("{}", "The identity policy has no Statement.")]
    [InlineData("""{"Version":"2012-10-18","Statement":[]}""", "The Version of the identity policy must be 2012-10-17 or 2008-10-17.")]
    [InlineData("""{"Id":1,"Statement":[]}""", "The Id of the identity policy must be a string.")]
    [InlineData("""{"Statement":{"Effect":"Permit"}}""", "The Effect of a statement of the identity policy must be Allow or Deny.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Resource":"*"}}""", "Policy statement must contain actions.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*"}}""", "Policy statement must contain resources.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}""", "Policy document should not specify a principal.")]
    [InlineData("""{"Statement":{"Effect":"Allow","NotPrincipal":"*","Action":"*","Resource":"*"}}""", "Policy document should not specify a principal.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}}""", "A statement of the identity policy has both Resource and NotResource.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Maybe":{}}}}""", "The Condition of a statement of the identity policy has the unknown operator Maybe.")]
    public void Identity_Malformed_IsRefused(string policy, string message) =>
        Refuses(policy, PolicyForm.Identity, PolicyKind.IdentityBased, message);

    [Theory]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}""", "Policy contains a statement with one or more invalid principals.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":"*"}}""", "Policy statement must contain actions.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}""", "Has prohibited field Resource")]
    [InlineData("{}", "The trust policy has no Statement.")]
    public void Trust_Malformed_IsRefused(string policy, string message) =>
        Refuses(policy, PolicyForm.Trust, PolicyKind.ResourceBased, message);

    [Theory]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}""", "The Effect of a statement of the resource control policy must be Deny.")]
    [InlineData("""{"Statement":{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}}""", "The Principal of a statement of the resource control policy must be *.")]
    [InlineData("""{"Statement":{"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"*"}}""", "The Principal of a statement of the resource control policy must be *.")]
    [InlineData("""{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}""", "Policy contains a statement with one or more invalid principals.")]
    [InlineData("""{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}""", "Policy statement must contain resources.")]
    public void ResourceControl_Malformed_IsRefused(string policy, string message) =>
        Refuses(policy, PolicyForm.ResourceControl, PolicyKind.ResourceControl, message);

    [Theory]
    [InlineData(PolicyKind.PermissionsBoundary, "permissions boundary")]
    [InlineData(PolicyKind.Session, "session policy")]
    [InlineData(PolicyKind.ServiceControl, "service control policy")]
    internal void Messages_NameTheKind(PolicyKind kind, string name) =>
        Refuses("{}", PolicyForm.Identity, kind, $"The {name} has no Statement.");

    [Theory]
    [InlineData("AIDACKCEVSQ6C2EXAMPLE", true)]
    [InlineData("AROACKCEVSQ6C2EXAMPLE", true)]
    [InlineData("AIDACKCEVSQ6C2EXAMPL", false)]
    [InlineData("AIDACKCEVSQ6C2EXAMPLES", false)]
    [InlineData("AIDAckcevsq6c2example", false)]
    [InlineData("AGPACKCEVSQ6C2EXAMPLE", false)]
    public void UniqueIdOfADeletedPrincipal_IsAccepted(string name, bool isAccepted)
    {
        string policy = $$$"""{"Statement":{"Effect":"Allow","Principal":{"AWS":"{{{name}}}"},"Action":"*","Resource":"*"}}""";
        KmsException? refusal = Record.Exception(
            () => PolicyDocument.Parse(policy, PolicyForm.Key, PolicyKind.ResourceBased, "default")) as KmsException;

        Assert.Equal(isAccepted ? null : "Policy contains a statement with one or more invalid principals.", refusal?.Message);
    }

    [Theory]
    [InlineData(PolicyForm.Trust, true)]
    [InlineData(PolicyForm.Key, false)]
    internal void FederatedPrincipal_IsForTrustPolicies(PolicyForm form, bool isAccepted)
    {
        const string Policy = """{"Statement":{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"*"}}""";

        Assert.Equal(isAccepted, Record.Exception(() => PolicyDocument.Parse(Policy, form, PolicyKind.ResourceBased, "p")) is null);
    }

    [Fact]
    public void Parse_SeparatesEffects_AndNumbersStatements()
    {
        PolicyDocument policy = PolicyDocument.Parse(
            $$"""{"Statement":[{{Statement}},{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"},{{Statement}}]}""",
            PolicyForm.Identity,
            PolicyKind.Session,
            "mine");

        Assert.Equal([1, 3], policy.Allows.Select(static statement => statement.Reference.Number));
        Assert.Equal(
            [new StatementReference(PolicyKind.Session, "mine", "No", 2, IsAllow: false)],
            policy.Denies.Select(static statement => statement.Reference));
    }

    [Fact]
    public void WithoutConditions_KeepsAllows_AndDeniesThatAlwaysDeny()
    {
        const string Conditional =
            """{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:KeySpec":"x"}}}""";
        PolicyDocument policy = PolicyDocument.Parse(
            $$"""
            {"Statement":[{{Conditional}},
              {{Conditional.Replace("Allow", "Deny", StringComparison.Ordinal)}},
              {"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}]}
            """,
            PolicyForm.Identity,
            PolicyKind.IdentityBased,
            "p");
        AccessRequest request = new Question().Request();
        bool IsAllowed(PolicyDocument identity, string action) =>
            Evaluator.Decide(request with { IdentityPolicies = [identity], Action = action }).IsAllowed;

        Assert.False(IsAllowed(policy, "kms:Encrypt"));
        Assert.True(IsAllowed(policy.WithoutConditions(), "kms:Encrypt"));
        Assert.Equal([3], policy.WithoutConditions().Denies.Select(static statement => statement.Reference.Number));
    }

    private static void Refuses(string policy, PolicyForm form, PolicyKind kind, string message)
    {
        KmsException refusal = Assert.Throws<KmsException>(() => PolicyDocument.Parse(policy, form, kind, "p"));
        Assert.Equal(("MalformedPolicyDocumentException", message), (refusal.ErrorCode, refusal.Message));
    }
}
