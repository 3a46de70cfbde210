using System.Security.Cryptography;
using System.Text.Json.Serialization;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Gets a public key to wrap key material with, and the token to import it. Source: GetParametersForImport in the AWS KMS API.
/// </summary>
public sealed record GetParametersForImportRequest : IKmsRequest<GetParametersForImportResponse>
{
    /// <summary>Key ID or key ARN of a key with origin EXTERNAL.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>How the material will be wrapped.</summary>
    [Member(Required = true, Values = typeof(AlgorithmSpec))]
    public string? WrappingAlgorithm { get; init; }

    /// <summary>The type of public key.</summary>
    [Member(Required = true, Values = typeof(WrappingKeySpec))]
    public string? WrappingKeySpec { get; init; }
}

/// <summary>What is needed to import key material.</summary>
public sealed record GetParametersForImportResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The import token, which is sent back with the wrapped material. Opaque.</summary>
    public required KmsBlob ImportToken { get; init; }

    /// <summary>The public key: SubjectPublicKeyInfo (DER).</summary>
    public required KmsBlob PublicKey { get; init; }

    /// <summary>When token and public key expire (UTC): 24 hours from now.</summary>
    public required DateTime ParametersValidTo { get; init; }

    /// <summary>How the material must be wrapped. Not in the response of AWS: here it saves specifying it again when wrapping.</summary>
    [JsonIgnore]
    public AlgorithmSpec? WrappingAlgorithm { get; init; }
}

internal sealed class GetParametersForImport : Operation<GetParametersForImportRequest, GetParametersForImportResponse>
{
    public override bool ReadOnly => true;

    internal override ConditionValues? Fact(
        GetParametersForImportRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.WrappingAlgorithm => Facts.Of(request.WrappingAlgorithm),
        ConditionKeys.WrappingKeySpec => Facts.Of(request.WrappingKeySpec),
        _ => null,
    };

    protected internal override GetParametersForImportResponse Handle(GetParametersForImportRequest request, OperationContext context)
    {
        AlgorithmSpec algorithm = Enum.Parse<AlgorithmSpec>(request.WrappingAlgorithm!);
        WrappingKeySpec wrappingKeySpec = Enum.Parse<WrappingKeySpec>(request.WrappingKeySpec!);
        MaterialWrapping.Require(algorithm, wrappingKeySpec, context.Key);
        using RSA wrappingKey = RSA.Create(MaterialWrapping.KeySize(wrappingKeySpec));
        DateTimeOffset validTo = context.Now + ImportToken.Lifetime;
        return new GetParametersForImportResponse
        {
            KeyId = context.Key.Arn,
            ImportToken = new KmsBlob(ImportToken.Seal(context.Services.Secrets, context.Key, algorithm, wrappingKey, validTo)),
            PublicKey = new KmsBlob(wrappingKey.ExportSubjectPublicKeyInfo()),
            ParametersValidTo = validTo.UtcDateTime,
            WrappingAlgorithm = algorithm,
        };
    }
}
