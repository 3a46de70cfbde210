using System.Collections.Immutable;
using System.Text.Json;

namespace KmsTools.Authorization;

/// <summary>Decisions of AWS KMS as its documentation describes them (authorization.jsonl), made by whole calls in a real store.</summary>
public sealed class AuthorizationCasesTests
{
    private static readonly ImmutableSortedDictionary<string, JsonElement> Cases = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "authorization.jsonl"))
        .Select(static line => JsonElement.Parse(line))
        .ToImmutableSortedDictionary(static json => json.GetProperty("id").GetString()!, static json => json, StringComparer.Ordinal);

    public static IEnumerable<TheoryDataRow<string>> OfTheStore =>
        from one in Cases where !AuthorizationCase.IsElsewhere(one.Value) select new TheoryDataRow<string>(one.Key);

    public static IEnumerable<TheoryDataRow<string>> OfOtherAccounts =>
        from one in Cases where AuthorizationCase.IsElsewhere(one.Value) select new TheoryDataRow<string>(one.Key);

    [Fact]
    public void Cases_AreComplete() => Assert.Equal(
        (187, 3), (Cases.Count, Cases.Values.Count(AuthorizationCase.IsElsewhere)));

    [Theory]
    [MemberData(nameof(OfTheStore))]
    public void Call_IsDecidedAsByAws(string id)
    {
        using KmsFixture kms = new();
        JsonElement json = Cases[id];
        JsonElement expect = json.GetProperty("expect");
        AuthorizationCase one = new(kms, json);
        (object request, Caller caller) = one.Prepare();

        Assert.Equal(
            (expect.GetProperty("decision").GetString(), expect.GetProperty("reason").GetString()), Decide(kms, one, request, caller));

        KmsException? error = Record.Exception(() =>
            kms.Engine.Execute(Operations.OperationCatalog.ForRequest(request), request, caller)) as KmsException;
        if (expect.TryGetProperty("error", out JsonElement code))
        {
            Assert.Equal(code.GetString(), error?.ErrorCode);
        }
        else
        {
            // What comes after the decision may refuse requests whose tokens and documents are only hinted at.
            Assert.NotEqual("AccessDeniedException", error?.ErrorCode);
        }

        if (expect.TryGetProperty("message", out JsonElement message))
        {
            Assert.Equal(message.GetString(), error?.Message);
        }
    }

    [Theory]
    [MemberData(nameof(OfOtherAccounts))]
    public void KeyOfOtherAccount_IsDecidedAsByAws(string id)
    {
        using KmsFixture kms = new();
        JsonElement expect = Cases[id].GetProperty("expect");

        AccessDecision decision = Evaluator.Decide(new AuthorizationCase(kms, Cases[id]).OutsideOfTheStore());

        Assert.Equal(
            (expect.GetProperty("decision").GetString(), expect.GetProperty("reason").GetString()),
            (decision.IsAllowed ? "Allow" : "Deny", decision.Reason));
    }

    // A call that needs several permissions is allowed by what allows it to use its key.
    private static (string Decision, string Reason) Decide(KmsFixture kms, AuthorizationCase one, object request, Caller caller)
    {
        try
        {
            ImmutableArray<(Permission Permission, AccessDecision Decision)> decisions = kms.Engine.Decide(request, caller);
            AccessDecision decision = decisions[^1].Decision.IsAllowed
                ? decisions.OrderByDescending(static one => one.Permission.IsOnKey).First().Decision
                : decisions[^1].Decision;
            return (decision.IsAllowed ? "Allow" : "Deny", one.ReasonOf(decision));
        }
        catch (KmsException exception)
        {
            return ("Deny", exception.ErrorCode == "AccessDeniedException" ? "cross-account: no resource-based policy" : "validation");
        }
    }
}
