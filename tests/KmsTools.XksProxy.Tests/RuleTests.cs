using System.Text.Json.Nodes;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Stores;

namespace KmsTools.XksProxy;

/// <summary>The rules of key stores.</summary>
public sealed class RuleTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly AuthorizationRule DenyAll = new() { Name = "nobody else" };

    public static TheoryData<string, AuthorizationRule, bool> Rules => new()
    {
        { "everything", new() { Name = "r", Allows = true }, true },
        { "api", new() { Name = "r", Allows = true, Apis = ["Decrypt", "Encrypt"] }, true },
        { "other api", new() { Name = "r", Allows = true, Apis = ["Decrypt"] }, false },
        { "operation", new() { Name = "r", Allows = true, Operations = ["GenerateDataKey*", "Encrypt"] }, true },
        { "other operation", new() { Name = "r", Allows = true, Operations = ["ReEncrypt"] }, false },
        { "key ID", new() { Name = "r", Allows = true, ExternalKeyIds = ["f?o"] }, true },
        { "access key ID", new() { Name = "r", Allows = true, AccessKeyIds = [ProxyLab.SecondAccessKeyId] }, false },
        { "principal", new() { Name = "r", Allows = true, PrincipalArns = ["arn:aws:iam::*:user/A*"] }, true },
        { "principal in small letters", new() { Name = "r", Allows = true, PrincipalArns = ["arn:aws:iam::*:user/a*"] }, false },
        { "account", new() { Name = "r", Allows = true, PrincipalAccounts = ["123456789012"] }, true },
        { "other account", new() { Name = "r", Allows = true, PrincipalAccounts = ["12345678901"] }, false },
        { "key", new() { Name = "r", Allows = true, KeyArns = ["*:key/1234abcd-*"] }, true },
        { "key account", new() { Name = "r", Allows = true, KeyAccounts = ["123456789012"], KeyRegions = ["us-east-?"] }, true },
        { "key Region", new() { Name = "r", Allows = true, KeyRegions = ["us-east-1"] }, false },
        { "service that is not there", new() { Name = "r", Allows = true, ViaServices = ["*"] }, false },
        { "VPC that is not there", new() { Name = "r", Allows = true, SourceVpcs = ["vpc-*"] }, false },
        { "endpoint that is not there", new() { Name = "r", Allows = true, SourceVpcEndpoints = ["*"] }, false },
        { "one of two", new() { Name = "r", Allows = true, Apis = ["Encrypt"], KeyRegions = ["eu-*"] }, false },
    };

    [Theory]
    [MemberData(nameof(Rules), DisableDiscoveryEnumeration = true)]
    public void Rule_DecidesAboutWhatItMatches(string what, AuthorizationRule rule, bool isAllowed)
    {
        RequestMetadata metadata = new()
        {
            AwsPrincipalArn = XksBodies.Principal, KmsKeyArn = XksBodies.KeyArn, KmsOperation = "Encrypt", KmsRequestId = "",
        };
        RuleSet allowing = new([rule, DenyAll]);
        Assert.True(isAllowed == allowing.FindDenial(XksApi.Encrypt, "foo", ProxyLab.AccessKeyId, metadata) is null, what);
        RuleSet denying = new([rule with { Allows = false }]);
        Assert.True(isAllowed == denying.FindDenial(XksApi.Encrypt, "foo", ProxyLab.AccessKeyId, metadata) is not null, what);
    }

    [Fact]
    public void CreateKey_WithoutAnArnOfAKey_IsAllowedByARuleAboutKeysAndNotDeniedByOne()
    {
        RequestMetadata metadata = new() { AwsPrincipalArn = XksBodies.Principal, KmsOperation = "CreateKey", KmsRequestId = "" };
        AuthorizationRule rule = new() { Name = "keys of ours", Allows = true, KeyAccounts = ["123456789012"] };
        Assert.Null(new RuleSet([rule, DenyAll]).FindDenial(XksApi.GetKeyMetadata, "foo", "", metadata));
        Assert.Null(new RuleSet([rule with { Allows = false }]).FindDenial(XksApi.GetKeyMetadata, "foo", "", metadata));
        Assert.Same(
            DenyAll,
            new RuleSet([rule with { PrincipalAccounts = ["210987654321"] }, DenyAll])
                .FindDenial(XksApi.GetKeyMetadata, "foo", "", metadata));
    }

    [Theory]
    [InlineData("s3.us-east-1.amazonaws.com")]
    [InlineData("AWS Internal")]
    [InlineData("arn:aws:iam")]
    public void Principal_ThatIsNoArn_HasNoAccount(string principal)
    {
        RequestMetadata metadata = new() { AwsPrincipalArn = principal, KmsOperation = "Decrypt", KmsRequestId = "" };
        RuleSet rules = new([new() { Name = "r", Allows = true, PrincipalAccounts = ["*"] }, DenyAll]);
        Assert.NotNull(rules.FindDenial(XksApi.Decrypt, "foo", "", metadata));
    }

    [Fact]
    public async Task Denial_IsForbidden_AndTheLogNamesTheRule()
    {
        AuthorizationRule rule = new() { Name = "no S3", ViaServices = ["s3.*"] };
        await lab.Host.ApplyAsync(lab.Settings() with { KeyStores = [ProxyLab.Store() with { Rules = [rule] }] });
        try
        {
            JsonObject body = XksBodies.Encrypt([1]);
            (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Ok();
            body["requestMetadata"]!["kmsViaService"] = "s3.us-east-1.amazonaws.com";
            (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(403, "AccessDeniedException");
            Assert.Equal("The rule 'no S3' denies it.", lab.Log.Last.Cause);

            // Whoever may not use a key learns nothing about others; and what has no key is never denied.
            (await lab.SendAsync(ProxyLab.Call("unknown", "encrypt", body))).Is(404, "KeyNotFoundException");
            (await lab.SendAsync(new XksCall("health", XksBodies.Health()))).Ok();
        }
        finally
        {
            await lab.Host.ApplyAsync(lab.Settings());
        }
    }
}
