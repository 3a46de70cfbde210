namespace KmsTools;

public sealed class AccessKeyRegistryTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListOf_APrincipal_HasThoseOfTheRoleAndItsSessionsOnly()
    {
        const string trust = """{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}""";
        Principal role = _kms.Engine.Principals.Create(PrincipalType.Role, "deploy", new() { TrustPolicy = trust });
        Principal user = _kms.Engine.Principals.Create(PrincipalType.User, "deploy", PrincipalSettings.None);
        string ofRole = Create("arn:aws:iam::111122223333:role/deploy");
        string ofSession = Create("arn:aws:sts::111122223333:assumed-role/deploy/ci");
        string ofUser = Create("arn:aws:iam::111122223333:user/deploy");
        Create("arn:aws:iam::111122223333:user/alice");

        Assert.Equal(new[] { ofRole, ofSession }.Order(StringComparer.Ordinal), Found(role));
        Assert.Equal([ofUser], Found(user));
        Assert.Empty(Found(_kms.Engine.Principals.Create(PrincipalType.Group, "deploy", PrincipalSettings.None)));
    }

    private string Create(string principalArn) => _kms.Engine.AccessKeys.Create(principalArn).AccessKeyId;

    private IEnumerable<string> Found(Principal principal) =>
        _kms.Engine.AccessKeys.ListOf(principal).Select(static accessKey => accessKey.AccessKeyId);
}
