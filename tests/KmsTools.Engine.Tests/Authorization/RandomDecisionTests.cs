using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>1,500 decisions that were made by another implementation (authorization-random.jsonl).</summary>
public sealed class RandomDecisionTests
{
    [Fact]
    public void Decide_RandomRequests_AgreesWithTheOtherImplementation()
    {
        List<string> different = [];
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "authorization-random.jsonl")))
        {
            JsonElement json = JsonElement.Parse(line);
            AccessDecision decision = Evaluator.Decide(Request(json));
            count++;
            if (decision.Decision.ToString() != json.GetProperty("expect").GetString())
            {
                different.Add($"{json.GetProperty("id")}: {decision.Decision}, {decision.Reason}");
            }
        }

        Assert.Empty(different);
        Assert.Equal(1_500, count);
    }

    internal static AccessRequest Request(JsonElement json)
    {
        Assert.True(PrincipalArn.TryParse(json.GetProperty("principal").GetString(), out PrincipalArn? principal));
        return new AccessRequest
        {
            Principal = principal,
            Action = json.GetProperty("action").GetString()!,
            Resource = json.GetProperty("resource").GetString()!,
            ResourceAccount = AccountId.Parse(json.GetProperty("resourceAccount").GetString()),
            ResourcePolicy = PolicyDocument.Parse(
                json.GetProperty("keyPolicy").GetRawText(), PolicyForm.Key, PolicyKind.ResourceBased, "default"),
            IdentityPolicies = Policies(json.GetProperty("identityPolicies"), PolicyKind.IdentityBased),
            PermissionsBoundary = json.TryGetProperty("permissionsBoundary", out JsonElement boundary)
                ? Policies(boundary, PolicyKind.PermissionsBoundary).Single()
                : null,
            Context = new GivenContext(json.GetProperty("context").EnumerateObject().Select(static key =>
                KeyValuePair.Create(key.Name, Values(key.Value)))),
        };
    }

    private static ImmutableArray<PolicyDocument> Policies(JsonElement json, PolicyKind kind) =>
        [.. json.EnumerateArray().Select((policy, index) =>
            PolicyDocument.Parse(policy.GetRawText(), PolicyForm.Identity, kind, index.ToString(CultureInfo.InvariantCulture)))];

    private static ImmutableArray<string> Values(JsonElement json) => json.ValueKind == JsonValueKind.Array
        ? [.. json.EnumerateArray().Select(static value => value.GetString()!)]
        : [json.GetString()!];
}
