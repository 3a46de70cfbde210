using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>What requests to proxies say about calls.</summary>
internal static class CallMetadata
{
    private const string SourceVpc = "aws:SourceVpc";
    private const string SourceVpce = "aws:SourceVpce";

    /// <summary>About a call that uses a key, or creates one.</summary>
    /// <param name="context">The call.</param>
    /// <param name="keyArn">The key; null for one that does not exist yet.</param>
    public static XksRequestMetadata Of(OperationContext context, string? keyArn) => new()
    {
        KmsOperation = context.Operation.Name,
        KmsRequestId = context.RequestId,
        AwsPrincipalArn = context.Caller.PrincipalArn,
        KmsKeyArn = keyArn,
        KmsViaService = Fact(context, ConditionKeys.ViaService),
        AwsSourceVpc = Fact(context, SourceVpc),
        AwsSourceVpce = Fact(context, SourceVpce),
    };

    /// <summary>About a call that only needs to know whether a proxy can be used.</summary>
    public static XksRequestMetadata OfHealthCheck(OperationContext context) =>
        new() { KmsOperation = context.Operation.Name, KmsRequestId = context.RequestId };

    private static string? Fact(OperationContext context, string key) =>
        context.Caller.Facts.TryGetValue(key, out ImmutableArray<string> values) && values.Length > 0 ? values[0] : null;
}
