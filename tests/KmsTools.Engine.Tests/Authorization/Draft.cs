using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using static KmsTools.Authorization.Question;

namespace KmsTools.Authorization;

/// <summary>A random question whose policies can still get statements.</summary>
internal sealed partial record Draft
{
    private static readonly string[] Actions = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:TagResource"];
    private static readonly string[] ActionPatterns = ["*", "kms:*", "kms:Encrypt", "kms:?ecrypt", "kms:Describe*", "kms:Tag*", "s3:*"];
    private static readonly string[] Resources = ["*", "*", KeyArn, "arn:aws:kms:*", "arn:aws:kms:us-west-2:*:key/${aws:PrincipalTag/k}", "arn:aws:kms:eu-*"];
    private static readonly string[] Values = ["a", "b", "1234abcd-12ab-34cd-56ef-1234567890ab", "true", "10"];

    private static readonly string[] Principals =
        ["*", Account, "444455556666", Alice, Session, Role, Federated, Eve, "AIDACKCEVSQ6C2EXAMPLE"];

    private static readonly string[] Keys =
        ["kms:KeySpec", "aws:PrincipalTag/k", "kms:EncryptionContext:a", "aws:SecureTransport", "kms:RotationPeriodInDays", "kms:Colour"];

    private static readonly string[] Operators =
        ["StringEquals", "StringNotEquals", "StringLikeIfExists", "Bool", "NumericLessThan", "Null", "ForAnyValue:StringEquals"];

    public required Question Question { get; init; }

    public required ImmutableArray<string> Key { get; init; }

    public required ImmutableArray<string> Identity { get; init; }

    public ImmutableArray<string>? Boundary { get; init; }

    public ImmutableArray<string>? SessionPolicy { get; init; }

    public ImmutableArray<ImmutableArray<string>> Levels { get; init; } = [];

    public ImmutableArray<string> ResourceControl { get; init; } = [];

    public static Draft Of(Random random)
    {
        (string principal, string? issuer) = Pick<(string, string?)>(
            random, [(Alice, null), (Session, Role), (Session, null), (Federated, Alice), (Account, null), (Eve, null), ("arn:aws:iam::444455556666:root", null)]);
        string action = Pick(random, Actions);
        AccessRule rule = action == "kms:TagResource" ? AccessRule.KeyOfOwnAccount
            : Pick(random, AccessRule.Key, AccessRule.Key, AccessRule.Key, AccessRule.IdentityOnly, AccessRule.Retirement);
        Dictionary<string, ImmutableArray<string>> context = [];
        foreach (string key in Keys.Where(_ => random.Next(2) == 0))
        {
            context[key] = [Pick(random, Values)];
        }

        return new Draft
        {
            Question = new Question
            {
                Principal = principal,
                Issuer = issuer,
                Action = rule == AccessRule.Retirement ? "kms:RetireGrant" : action,
                Rule = rule,
                Context = context,
                Grants = [.. Many(random, 2).Select(_ => Grant(
                    Pick(random, Principals[1..^1]),
                    Pick(random, GrantOperation.Encrypt, GrantOperation.Decrypt, GrantOperation.RetireGrant),
                    random.Next(3) == 0 ? new GrantConstraints { EncryptionContextSubset = new Dictionary<string, string> { ["a"] = "a" } } : null,
                    random.Next(2) == 0 ? Pick(random, Principals[1..^1]) : null))],
            },
            Key = Statements(random, 4, hasPrincipal: true),
            Identity = Statements(random, 3),
            Boundary = random.Next(3) == 0 ? Statements(random, 3) : null,
            SessionPolicy = random.Next(3) == 0 ? Statements(random, 3) : null,
            Levels = [.. Many(random, 2).Select(_ => Statements(random, 3))],
            ResourceControl = [.. Statements(random, 2, hasPrincipal: true, isDeny: true).Where(_ => random.Next(4) == 0)],
        };
    }

    /// <summary>The same question with other policies, each made of one by a function.</summary>
    public Draft Select(Func<ImmutableArray<string>, ImmutableArray<string>> change) => this with
    {
        Key = change(Key),
        Identity = change(Identity),
        Boundary = Boundary is { } boundary ? change(boundary) : null,
        SessionPolicy = SessionPolicy is { } session ? change(session) : null,
        Levels = [.. Levels.Select(change)],
        ResourceControl = change(ResourceControl),
    };

    /// <summary>The same question with what a sentence names as missing; null for what cannot be given.</summary>
    public Draft? With(string missing)
    {
        string allow = $$"""{"Effect":"Allow","Action":"{{Question.Action}}","Resource":"{{Question.Resource}}"}""";
        string? principal = Grantee().Match(missing) is { Success: true } match ? match.Groups["arn"].Value : null;
        return missing switch
        {
            _ when missing.StartsWith("The key policy has to allow", StringComparison.Ordinal) => this with { Key = Key.Add(Allow(principal!)) },
            _ when missing.StartsWith("The grant has to name", StringComparison.Ordinal) => this with
            {
                Question = Question with { Grants = [Grant(Alice, GrantOperation.Sign, null, principal!)] },
            },
            _ when missing.StartsWith("The permissions boundary of", StringComparison.Ordinal) => this with { Boundary = Boundary!.Value.Add(allow) },
            _ when missing.StartsWith("A policy of the session", StringComparison.Ordinal) => this with
            {
                SessionPolicy = (SessionPolicy ?? []).Add(allow),
            },
            _ when missing.StartsWith("A policy of level ", StringComparison.Ordinal) => this with
            {
                Levels = Levels.SetItem(
                    int.Parse(missing.Split(' ')[4], CultureInfo.InvariantCulture) - 1,
                    Levels[int.Parse(missing.Split(' ')[4], CultureInfo.InvariantCulture) - 1].Add(allow)),
            },
            _ when missing.StartsWith("A policy of arn:", StringComparison.Ordinal) => this with { Identity = Identity.Add(allow) },
            _ when missing.Contains("works only for principals of the account", StringComparison.Ordinal) => null,
            _ => throw new ArgumentException($"Not a sentence about what is missing: {missing}"),
        };
    }

    public AccessDecision Decide() => (Question with
    {
        Key = Join(Key),
        Identity = Join(Identity),
        Boundary = Boundary is { } boundary ? Join(boundary) : null,
        SessionPolicy = SessionPolicy is { } session ? Join(session) : null,
        Levels = Levels.IsEmpty ? default : [.. Levels.Select(Join)],
        ResourceControl = Join(ResourceControl),
    }).Decide();

    /// <summary>A statement with a condition or without.</summary>
    public static string Statement(Random random, bool hasPrincipal, bool isDeny)
    {
        string principal = !hasPrincipal ? ""
            : isDeny && random.Next(4) == 0 ? $$""" "NotPrincipal":{"AWS":"{{Pick(random, Principals[1..])}}"},"""
            : $$""" "Principal":{"AWS":"{{Pick(random, Principals)}}"},""";
        string condition = random.Next(3) != 0 ? "" : $$$$"""
            ,"Condition":{"{{{{Pick(random, Operators)}}}}":{"{{{{Pick(random, Keys)}}}}":"{{{{Pick(random, Values)}}}}"}}
            """;
        return $$"""
            {"Effect":"{{(isDeny ? "Deny" : "Allow")}}",{{principal}}"{{Pick(random, "Action", "Action", "Action", "NotAction")}}":
            "{{Pick(random, ActionPatterns)}}","{{Pick(random, "Resource", "Resource", "NotResource")}}":"{{Pick(random, Resources)}}"{{condition}}}
            """;
    }

    private static ImmutableArray<string> Statements(Random random, int max, bool hasPrincipal = false, bool isDeny = false) =>
        [.. Many(random, max).Select(_ => isDeny
            ? Statement(random, hasPrincipal: false, isDeny: true).Replace("\"Deny\",", "\"Deny\",\"Principal\":\"*\",", StringComparison.Ordinal)
            : Statement(random, hasPrincipal, isDeny: random.Next(8) == 0))];

    private static IEnumerable<int> Many(Random random, int max) => Enumerable.Range(0, random.Next(max + 1));

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];

    private static string Join(ImmutableArray<string> statements) => string.Join(',', statements);

    [GeneratedRegex(@"(to|name) (?<arn>arn:aws:\S+?)(\.$| as its)", RegexOptions.ExplicitCapture)]
    private static partial Regex Grantee();
}
