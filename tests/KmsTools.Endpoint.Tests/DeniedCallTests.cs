using System.Text.Json;
using Amazon.KeyManagementService;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Calls that policies do not allow, as clients see them.</summary>
[OnEveryStore]
public sealed class DeniedCallTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const string Text =
        "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy "
            + "allows the kms:ListKeys action";

    [Fact]
    public async Task A_user_without_policies_is_denied_with_the_text_in_a_member_with_a_capital_letter()
    {
        endpoint.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None);
        NewAccessKey bob = endpoint.Engine.AccessKeys.Create("arn:aws:iam::111122223333:user/bob");

        (int status, string body, _) = await new SignedCall
        {
            Endpoint = endpoint, Operation = "ListKeys", AccessKeyId = bob.AccessKeyId, Secret = bob.SecretAccessKey,
        }.SendAsync();

        Assert.Equal(400, status);
        JsonElement answer = JsonElement.Parse(body);
        Assert.Equal(("AccessDeniedException", Text), (answer.GetProperty("__type").GetString(), answer.GetProperty("Message").GetString()));
        using AmazonKeyManagementServiceClient client = endpoint.NewClient(bob.AccessKeyId, bob.SecretAccessKey);
        AmazonKeyManagementServiceException error = await Assert.ThrowsAnyAsync<AmazonKeyManagementServiceException>(
            () => client.ListKeysAsync(new Amazon.KeyManagementService.Model.ListKeysRequest(), TestContext.Current.CancellationToken));
        Assert.Equal(("AccessDeniedException", Text), (error.ErrorCode, error.Message));
        AuditEvent recorded = endpoint.Engine.FindEvents(new EventQuery { EventName = "ListKeys" }).Last();
        Assert.Equal(("AccessDenied", Text), (recorded.ErrorCode, recorded.ErrorMessage));
    }
}
