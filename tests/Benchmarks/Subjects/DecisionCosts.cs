using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Identifiers;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>What a decision about access costs by itself: policies are compiled before.</summary>
internal static class DecisionCosts
{
    private const int RoundCount = 7;
    private const double MaxOfDefault = 0.5;
    private const double MaxOfMany = 5;
    private const string KeyArn = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(250);

    public static IEnumerable<Row> Measure()
    {
        yield return Cost("Decision, default key policy, administrator", DefaultPolicy(), MaxOfDefault);
        yield return Cost("Decision, 50 statements with conditions", ManyStatements(), MaxOfMany);
    }

    private static Row Cost(string name, AccessRequest request, double most)
    {
        void Decide()
        {
            if (!Evaluator.Decide(request).IsAllowed)
            {
                throw new InvalidOperationException("The decision that is measured has to allow.");
            }
        }

        _ = Rounds.Cost(s_round, Decide);
        Series cost = Rounds.Run(RoundCount, () => Rounds.Cost(s_round, Decide))[0];
        return Row.Single(name, cost, Format.Microseconds).Within(Limit.AtMost(most, cost.Median, Format.Microseconds))
            .Noting($"allocates {Format.Value(Rounds.Allocated(1000, Decide), Format.Bytes)}");
    }

    private static AccessRequest DefaultPolicy() => Request("""
        {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}
        """);

    // Each applies to the caller, the action and the key; what decides are the conditions, and the last statement allows.
    private static AccessRequest ManyStatements() => Request(string.Join(',', Enumerable.Range(0, 50).Select(static number => $$$$"""
        {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/app","arn:aws:iam::111122223333:user/alice"]},
         "Action":["kms:Decrypt","kms:Encrypt"],"Resource":"arn:aws:kms:us-west-2:111122223333:key/*",
         "Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"},"StringLike":{"kms:EncryptionContext:app":"tenant-{{{{number}}}}-*"}}}
        """)));

    private static AccessRequest Request(string statements) => new()
    {
        Principal = PrincipalArn.TryParse("arn:aws:iam::111122223333:user/alice", out PrincipalArn? alice) ? alice : null,
        Action = "kms:Encrypt",
        Resource = KeyArn,
        ResourceAccount = AccountId.Parse("111122223333"),
        ResourcePolicy = PolicyDocument.Parse(
            $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""", PolicyForm.Key, PolicyKind.ResourceBased, "default"),
        IdentityPolicies =
        [
            PolicyDocument.Parse(
                """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""",
                PolicyForm.Identity,
                PolicyKind.IdentityBased,
                "AdministratorAccess"),
        ],
        Context = new GivenContext(new Dictionary<string, ImmutableArray<string>>
        {
            ["kms:CallerAccount"] = ["111122223333"],
            ["kms:EncryptionContextKeys"] = ["app"],
            ["kms:EncryptionContext:app"] = ["tenant-49-production"],
        }),
    };
}
