using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.KeyStates;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Creates a replica of a multi-Region primary key in another Region. Source: ReplicateKey in the AWS KMS API. The response shows the
/// replica in state Creating, as that of AWS does; here nothing happens later, and the replica can be used as soon as the call returns.
/// </summary>
public sealed record ReplicateKeyRequest : IKmsRequest<ReplicateKeyResponse>
{
    /// <summary>Key ID or key ARN of a multi-Region primary key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The Region of the replica: in the same partition of AWS, and without a related key.</summary>
    [Member(Required = true, Min = 1, Max = 32, Pattern = @"^([a-z]+-){2,3}\d+$")]
    public string? ReplicaRegion { get; init; }

    /// <summary>The key policy of the replica; null for the default one. It is not copied from the primary.</summary>
    [Member(Min = 1, Max = 131_072, Pattern = @"[\u0009\u000A\u000D\u0020-\u00FF]+", Unlogged = true)]
    public string? Policy { get; init; }

    /// <summary>Allows a policy that locks its owner out.</summary>
    [Member(LoggedDefault = false)]
    public bool? BypassPolicyLockoutSafetyCheck { get; init; }

    /// <summary>The description of the replica, 0-8192 characters. It is not copied from the primary.</summary>
    [Member(Min = 0, Max = 8192)]
    public string? Description { get; init; }

    /// <summary>Tags of the replica, at most 50. They are not copied from the primary.</summary>
    [Member]
    public IReadOnlyList<Tag>? Tags { get; init; }
}

/// <summary>The new replica.</summary>
public sealed record ReplicateKeyResponse
{
    /// <summary>The metadata of the replica, in state Creating.</summary>
    public required KeyMetadata ReplicaKeyMetadata { get; init; }

    /// <summary>The key policy of the replica.</summary>
    public required string ReplicaPolicy { get; init; }

    /// <summary>The tags of the replica; null when it has none.</summary>
    public IReadOnlyList<Tag>? ReplicaTags { get; init; }
}

internal sealed class ReplicateKey : Operation<ReplicateKeyRequest, ReplicateKeyResponse>
{
    protected internal override void Validate(ReplicateKeyRequest request, OperationContext context) =>
        KeyTags.Require(request.Tags, context.Quotas[QuotaName.TagsPerKey]);

    internal override IEnumerable<Permission> Permissions(ReplicateKeyRequest request, OperationContext context)
    {
        yield return OnKey(context.ResolveKey(request.KeyId!, KeyReferenceForms.IdOrArn));
        RegionName region = RegionName.Parse(request.ReplicaRegion!);
        yield return OnAnything(nameof(CreateKey)) with { Region = region };
        if (request.Tags?.Count > 0)
        {
            yield return OnAnything(nameof(TagResource)) with { Region = region, Subject = PermissionSubject.None };
        }
    }

    // The permissions in the other Region are about the replica, which is like its primary.
    internal override ConditionValues? Fact(ReplicateKeyRequest request, string key, Permission permission, OperationContext context)
    {
        bool isReplica = permission.Region is not null;
        return key switch
        {
            ConditionKeys.BypassPolicyLockoutSafetyCheck => Facts.Of(request.BypassPolicyLockoutSafetyCheck),
            ConditionKeys.ReplicaRegion => Facts.Of(request.ReplicaRegion),
            ConditionKeys.CallerAccount when isReplica => Facts.Of(context.CallerAccountId.ToString()),
            ConditionKeys.KeyOrigin when isReplica => Facts.Of(context.Key.Origin.ToString()),
            ConditionKeys.KeySpec or ConditionKeys.CustomerMasterKeySpec when isReplica => Facts.Of(context.Key.KeySpec.ToString()),
            ConditionKeys.KeyUsage or ConditionKeys.CustomerMasterKeyUsage when isReplica => Facts.Of(context.Key.KeyUsage.ToString()),
            ConditionKeys.MultiRegion when isReplica => Facts.Of(true),
            ConditionKeys.MultiRegionKeyType when isReplica => Facts.Of(nameof(MultiRegionKeyType.REPLICA)),
            _ => isReplica ? Facts.OfNewTags(request.Tags, key) : Facts.OfRequestTags(request.Tags, key),
        };
    }

    protected internal override void Check(ReplicateKeyRequest request, OperationContext context)
    {
        Key primary = context.Key;
        if (primary.MultiRegionKeyType != MultiRegionKeyType.PRIMARY)
        {
            throw KmsErrors.NotPrimary(primary);
        }

        string region = request.ReplicaRegion!;
        string partition = AwsRegions.PartitionOf(context.Region);
        if (AwsRegions.PartitionOf(RegionName.Parse(region)) is var other && other != partition)
        {
            throw KmsErrors.OtherPartition(primary, region, other, partition);
        }

        if (context.State.FindKey(region, primary.KeyId) is { } related)
        {
            throw KmsErrors.ReplicaExists(related.Arn);
        }

        KeyPolicyRules.Require(
            request.Policy, request.BypassPolicyLockoutSafetyCheck, context, KeyIdentifier.KeyArn(
                region,
                context.AccountId,
                primary.KeyId));
        CreateKey.RequireRoom(context, region);
    }

    protected internal override ReplicateKeyResponse Handle(ReplicateKeyRequest request, OperationContext context)
    {
        Key primary = context.Key;
        string region = request.ReplicaRegion!;
        Key replica = primary.Replicate(
            region,
            request.Policy ?? KeyPolicy.Default(context.AccountId),
            context.Now,
            material => context.Services.Software.Copy(material, primary, region)) with
        {
            Description = request.Description ?? "",
            Tags = KeyTag.Of(request.Tags),
        };
        context.Transaction.InsertKey(replica);
        MultiRegionKeys.SettlePending(context.Transaction, replica);
        ReplicateKeyResponse response = new()
        {
            ReplicaKeyMetadata = KeyMetadata.OfNewReplica(replica),
            ReplicaPolicy = replica.Policy,
            ReplicaTags = replica.Tags.IsEmpty ? null : [.. replica.Tags.Select(static tag => tag.ToTag())],
        };
        RecordCreation(request, response, replica, context);
        return response;
    }

    protected internal override void WriteResponseElements(Utf8JsonWriter writer, OperationContext context, ReplicateKeyResponse response)
    {
        writer.WriteStartObject();
        CreateKey.WriteMetadata(writer, "replicaKeyMetadata", response.ReplicaKeyMetadata);
        writer.WriteString("replicaPolicy", response.ReplicaPolicy);
        writer.WriteEndObject();
    }

    // The Region of the replica gets an event as well: a key was created there.
    private static void RecordCreation(ReplicateKeyRequest request, ReplicateKeyResponse response, Key replica, OperationContext context)
    {
        CreateKeyRequest creation = new()
        {
            BypassPolicyLockoutSafetyCheck = request.BypassPolicyLockoutSafetyCheck,
            Description = request.Description,
            Tags = request.Tags,
            KeySpec = replica.KeySpec.ToString(),
            KeyUsage = replica.KeyUsage.ToString(),
            Origin = replica.Origin.ToString(),
            MultiRegion = true,
        };
        CreateKey operation = (CreateKey)OperationCatalog.ForRequest(creation);
        using OperationContext there = context.InRegion(RegionName.Parse(replica.Region), operation, creation, replica);
        context.Transaction.Append(
            AuditWriter.Answered(there, operation, new CreateKeyResponse { KeyMetadata = response.ReplicaKeyMetadata }));
    }
}
