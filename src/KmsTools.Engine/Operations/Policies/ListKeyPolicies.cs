using System.Collections.Immutable;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the names of the key policies of a key: there is always one. Source: ListKeyPolicies in the AWS KMS API.</summary>
public sealed record ListKeyPoliciesRequest : IKmsRequest<ListKeyPoliciesResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Maximum number of names in one response, 1-1000.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response, which never has one; ignored.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>The names of the key policies.</summary>
public sealed record ListKeyPoliciesResponse
{
    /// <summary>The names.</summary>
    public required ImmutableArray<string> PolicyNames { get; init; }

    /// <summary>Where the next page begins; always null.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items; always false.</summary>
    public required bool Truncated { get; init; }
}

internal sealed class ListKeyPolicies : Operation<ListKeyPoliciesRequest, ListKeyPoliciesResponse>
{
    public override bool ReadOnly => true;

    protected internal override ListKeyPoliciesResponse Handle(ListKeyPoliciesRequest request, OperationContext context) =>
        new() { PolicyNames = [KeyPolicy.Name], Truncated = false };
}
