using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>What must hold for every question. KMSTOOLS_FAULT_SEED repeats the questions of a run.</summary>
public sealed class EvaluatorPropertyTests(ITestOutputHelper output)
{
    private const string Everything = "\"Action\":\"*\",\"Resource\":\"*\"";

    private static readonly int Count = Campaign.Length(2_000, 20_000);

    [Fact]
    public void Decide_AlwaysExplains() => ForEach((draft, _) =>
    {
        AccessDecision decision = draft.Decide();
        Assert.NotEmpty(decision.Reason);
        Assert.Equal(decision.IsAllowed, decision.DeniedBy is null);
        switch (decision.Decision)
        {
            case AccessDecisionType.Allowed:
                bool isRoot = draft.Question.Principal.EndsWith(":root", StringComparison.Ordinal);
                Assert.True(isRoot || decision.GrantId is not null || !decision.Statements.IsEmpty);
                Assert.All(decision.Statements, static statement => Assert.True(statement.IsAllow));
                Assert.Empty(decision.Missing);
                break;
            case AccessDecisionType.ExplicitlyDenied:
                StatementReference deny = Assert.Single(decision.Statements);
                Assert.Equal((false, decision.DeniedBy), (deny.IsAllow, deny.Kind));
                Assert.Empty(decision.Missing);
                break;
            default:
                Assert.NotEmpty(decision.Missing);
                Assert.Empty(decision.Statements);
                Assert.All(decision.FailedConditions, static condition => Assert.True(condition.Statement.IsAllow));
                break;
        }
    });

    [Fact]
    public void Decide_WithWhatIsMissing_Allows() => ForEach((draft, _) =>
    {
        AccessDecision decision = draft.Decide();
        if (decision.Decision != AccessDecisionType.ImplicitlyDenied)
        {
            return;
        }

        Draft? repaired = draft;
        foreach (string sentence in decision.Missing)
        {
            repaired = repaired?.With(sentence);
        }

        if (repaired is not null)
        {
            Assert.Equal(AccessDecisionType.Allowed, repaired.Decide().Decision);
            Assert.All(decision.Missing.Select((_, index) => decision.Missing.RemoveAt(index)), others =>
                Assert.False(others.Aggregate(draft, static (result, sentence) => result.With(sentence)!).Decide().IsAllowed));
        }
    });

    [Fact]
    public void Decide_DenyWins() => ForEach((draft, random) =>
    {
        string deny = $$"""{"Effect":"Deny",{{Everything}}}""";
        string denyEverybody = $$"""{"Effect":"Deny","Principal":"*",{{Everything}}}""";
        Draft denied = random.Next(6) switch
        {
            0 when draft.Question.Rule is AccessRule.Key or AccessRule.KeyOfOwnAccount => draft with { Key = draft.Key.Add(denyEverybody) },
            1 => draft with { ResourceControl = draft.ResourceControl.Add(denyEverybody) },
            2 => draft with { Boundary = (draft.Boundary ?? []).Add(deny) },
            3 => draft with { SessionPolicy = (draft.SessionPolicy ?? []).Add(deny) },
            4 => draft with { Levels = draft.Levels.Add([deny]) },
            _ => draft with { Identity = draft.Identity.Add(deny) },
        };

        Assert.Equal(AccessDecisionType.ExplicitlyDenied, denied.Decide().Decision);
    });

    [Fact]
    public void Decide_MoreAllows_NeverDeny() => ForEach((draft, random) =>
    {
        AccessDecisionType before = draft.Decide().Decision;
        Draft more = draft with
        {
            Key = draft.Key.Insert(0, Draft.Statement(random, hasPrincipal: true, isDeny: false)),
            Identity = draft.Identity.Add(Draft.Statement(random, hasPrincipal: false, isDeny: false)),
            Boundary = draft.Boundary?.Add(Draft.Statement(random, hasPrincipal: false, isDeny: false)),
            SessionPolicy = draft.SessionPolicy?.Insert(0, Draft.Statement(random, hasPrincipal: false, isDeny: false)),
            Levels = [.. draft.Levels.Select(level => level.Add(Draft.Statement(random, hasPrincipal: false, isDeny: false)))],
        };

        AccessDecisionType after = more.Decide().Decision;
        Assert.True(after == before || (before == AccessDecisionType.ImplicitlyDenied && after == AccessDecisionType.Allowed));
    });

    [Fact]
    public void Decide_OrderOfStatements_NeverMatters() => ForEach((draft, random) =>
    {
        AccessDecision before = draft.Decide();
        AccessDecision after = draft.Select(statements =>
        {
            string[] shuffled = [.. statements];
            random.Shuffle(shuffled);
            return [.. shuffled];
        }).Decide();

        Assert.Equal(
            (before.Decision, before.Reason, before.DeniedBy, before.IsOtherAccount),
            (after.Decision, after.Reason, after.DeniedBy, after.IsOtherAccount));
        Assert.Equal(before.Missing, after.Missing);
        Assert.Equal(before.FailedConditions.Length, after.FailedConditions.Length);
    });

    [Fact]
    public void Decide_WithoutGrants_AllowsNoMore() => ForEach((draft, _) =>
    {
        Draft without = draft with { Question = draft.Question with { Grants = [] } };
        Assert.False(without.Decide().IsAllowed && !draft.Decide().IsAllowed && draft.Question.Rule != AccessRule.Retirement);
        if (draft.Decide().Decision == AccessDecisionType.ExplicitlyDenied)
        {
            Assert.Equal(AccessDecisionType.ExplicitlyDenied, without.Decide().Decision);
        }
    });

    [Fact]
    public void Drafts_ReachEveryDecision()
    {
        Random random = new(20261127);
        HashSet<string> reasons = [.. Enumerable.Range(0, 10_000).Select(_ => Draft.Of(random).Decide().Reason)];

        Assert.Superset(
            ImmutableHashSet.Create(
                "key policy: principal", "key policy: role", "key policy: account + identity-based policy", "identity-based policy",
                "key policy + identity-based policy", "grant g1", "no resource-based policy", "no identity-based policy",
                "no permissions boundary", "no session policy", "service control policy", "service control policy (implicit)",
                "explicit deny: resource control policy", "explicit deny: resource-based policy", "explicit deny: identity-based policy",
                "explicit deny: permissions boundary", "explicit deny: session policy", "cross-account: no resource-based policy",
                "cross-account: operation not supported", "retiring principal", "grantee with RetireGrant", "delegated",
                "not a retiring principal"),
            reasons.ToImmutableHashSet());
    }

    private void ForEach(Action<Draft, Random> check)
    {
        output.WriteLine(Campaign.Repeat(Campaign.Seed));
        Random random = new(Campaign.Seed);
        for (int i = 0; i < Count; i++)
        {
            check(Draft.Of(random), random);
        }
    }
}
