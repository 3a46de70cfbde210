using System.Text.Json;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Deletes imported key material immediately; the same bytes can be imported again. Source: DeleteImportedKeyMaterial in the AWS KMS API.
/// </summary>
public sealed record DeleteImportedKeyMaterialRequest : IKmsRequest<DeleteImportedKeyMaterialResponse>
{
    /// <summary>Key ID or key ARN of a key with origin EXTERNAL.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The material; the current one when absent.</summary>
    [Member(Min = 64, Max = 64, Pattern = "^[a-f0-9]+$")]
    public string? KeyMaterialId { get; init; }
}

/// <summary>The deleted material.</summary>
public sealed record DeleteImportedKeyMaterialResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The ID of the material; empty when there was none, and for all but symmetric encryption keys.</summary>
    public required string KeyMaterialId { get; init; }
}

internal sealed class DeleteImportedKeyMaterial : Operation<DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse>
{
    protected internal override void Check(DeleteImportedKeyMaterialRequest request, OperationContext context)
    {
        Key key = context.Key;
        if (request.KeyMaterialId is not null && !key.KeySpec.IsSymmetricEncryption)
        {
            throw KmsErrors.Unsupported(
                $"KeyMaterialId is valid for symmetric encryption keys only; {key.Arn} key spec is {key.KeySpec}.",
                key.Arn);
        }

        if (request.KeyMaterialId is { } id && key.FindMaterial(id) is null)
        {
            throw KmsErrors.MaterialNotFound(key, id);
        }
    }

    protected internal override DeleteImportedKeyMaterialResponse Handle(DeleteImportedKeyMaterialRequest request, OperationContext context)
    {
        Key key = context.Key;
        KeyMaterial? material = request.KeyMaterialId is { } id ? key.FindMaterial(id) : key.CurrentMaterial;
        if (material is { ImportState: ImportState.IMPORTED })
        {
            MultiRegionKeys.DropMaterial(context.Transaction, key, material.KeyMaterialId, context.Now);
        }
        else if (material is not null)
        {
            HeldWork.Discard(context.Transaction, key, material);
        }

        return new DeleteImportedKeyMaterialResponse
        {
            KeyId = key.Arn,
            KeyMaterialId = key.VisibleMaterialId(material?.KeyMaterialId) ?? "",
        };
    }

    protected internal override void WriteResponseElements(
        Utf8JsonWriter writer, OperationContext context, DeleteImportedKeyMaterialResponse response)
    {
        writer.WriteStartObject();
        writer.WriteString("keyId", response.KeyId);
        writer.WriteString("keyMaterialId", response.KeyMaterialId);
        writer.WriteEndObject();
    }
}
