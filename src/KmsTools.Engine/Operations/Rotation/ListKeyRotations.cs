using System.Collections.Immutable;
using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the rotations, or all materials, of a key. Source: ListKeyRotations in the AWS KMS API.</summary>
public sealed record ListKeyRotationsRequest : IKmsRequest<ListKeyRotationsResponse>, IPagedRequest
{
    /// <summary>Key ID or key ARN of a symmetric encryption key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Completed rotations (the default), or every material.</summary>
    [Member(Values = typeof(IncludeKeyMaterial))]
    public string? IncludeKeyMaterial { get; init; }

    /// <summary>Maximum number of entries in one response, 1-1000; 100 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>A page of rotations.</summary>
public sealed record ListKeyRotationsResponse
{
    /// <summary>The rotations, oldest first.</summary>
    public required ImmutableArray<RotationsListEntry> Rotations { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>A key material in a list of rotations.</summary>
public sealed record RotationsListEntry
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The ID of the material.</summary>
    public required string KeyMaterialId { get; init; }

    /// <summary>The description given on import; imported material only.</summary>
    public string? KeyMaterialDescription { get; init; }

    /// <summary>Whether its bytes are present; imported material only.</summary>
    public ImportState? ImportState { get; init; }

    /// <summary>Its role.</summary>
    public KeyMaterialState? KeyMaterialState { get; init; }

    /// <summary>Whether it expires; imported material only.</summary>
    public ExpirationModelType? ExpirationModel { get; init; }

    /// <summary>When it expires (UTC).</summary>
    public DateTime? ValidTo { get; init; }

    /// <summary>When it became current (UTC); null for the first and for pending material.</summary>
    public DateTime? RotationDate { get; init; }

    /// <summary>How it became current; null for the first and for pending material.</summary>
    public RotationType? RotationType { get; init; }
}

internal sealed class ListKeyRotations()
    : PagedOperation<ListKeyRotationsRequest, ListKeyRotationsResponse, KeyMaterial>(defaultLimit: 100, maxLimit: 1000)
{
    protected override ImmutableArray<KeyMaterial> Find(ListKeyRotationsRequest request, OperationContext context, int count)
    {
        RotationRules.RequireSymmetric(context.Key);
        bool all = request.IncludeKeyMaterial == nameof(KmsTools.IncludeKeyMaterial.ALL_KEY_MATERIAL);
        return Rest(request, [.. context.Key.Materials.Where(material => all || material.RotationDate is not null)]);
    }

    protected override string Position(KeyMaterial item) => item.KeyMaterialId;

    protected override ListKeyRotationsResponse Answer(Page<KeyMaterial> page, OperationContext context) => new()
    {
        Rotations = [.. page.Items.Select(material => Entry(context.Key, material))],
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };

    private static RotationsListEntry Entry(Key key, KeyMaterial material)
    {
        bool external = key.Origin == OriginType.EXTERNAL;
        return new RotationsListEntry
        {
            KeyId = key.Arn,
            KeyMaterialId = material.KeyMaterialId,
            KeyMaterialDescription = external ? material.Description : null,
            ImportState = external ? material.ImportState : null,
            KeyMaterialState = material.State,
            ExpirationModel = external ? material.ExpirationModel : null,
            ValidTo = material.ValidTo?.UtcDateTime,
            RotationDate = material.RotationDate?.UtcDateTime,
            RotationType = material.RotationType,
        };
    }
}
