using System.Collections.Frozen;
using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Keys;

/// <summary>
/// AWS managed keys: one per AWS service that uses KMS, named <c>alias/aws/&lt;service&gt;</c>, created when it is first referred to.
/// Users can see and use them, but not manage them.
/// </summary>
internal static class AwsManagedKeys
{
    private static readonly FrozenSet<string> Services = new[]
    {
        "acm", "backup", "cloud9", "codeartifact", "codecommit", "connect", "dms", "dynamodb", "ebs", "elasticfilesystem", "es", "fsx",
        "glue", "kinesis", "kinesisvideo", "lambda", "lex", "lightsail", "mq", "msk", "rds", "redshift", "s3", "secretsmanager", "ses",
        "sns", "sqs", "ssm", "workspaces", "xray",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The aliases of the managed keys of all known services, sorted.</summary>
    public static ImmutableArray<string> Aliases { get; } =
        [.. Services.Select(static service => $"{AliasName.Prefix}aws/{service}").Order(StringComparer.Ordinal)];

    /// <summary>Whether an alias names the managed key of a known service.</summary>
    public static bool IsPredefined(AliasName aliasName) => aliasName.Service is { } service && Services.Contains(service);

    /// <summary>The service that uses a managed key, as kms:ViaService names it.</summary>
    /// <param name="aliasName">The alias of the key, such as <c>alias/aws/ebs</c>.</param>
    /// <param name="region">Its Region.</param>
    public static string ViaService(string aliasName, string region)
    {
        string service = aliasName[(aliasName.LastIndexOf('/') + 1)..];

        // Amazon EBS is a part of Amazon EC2.
        return $"{(service == "ebs" ? "ec2" : service)}.{region}.amazonaws.com";
    }

    /// <summary>The key policy of a managed key. Source: "AWS managed keys", AWS KMS Developer Guide.</summary>
    public static string Policy(AccountId accountId, RegionName region, AliasName aliasName) => $$"""
        {
          "Version" : "2012-10-17",
          "Id" : "auto-{{aliasName.Service}}-1",
          "Statement" : [ {
            "Sid" : "Allow access through {{aliasName.Service}} for all principals of the account that may use it",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "*"
            },
            "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
            "Resource" : "*",
            "Condition" : {
              "StringEquals" : {
                "kms:CallerAccount" : "{{accountId}}",
                "kms:ViaService" : "{{ViaService(aliasName, region)}}"
              }
            }
          }, {
            "Sid" : "Allow direct access to key metadata to the account",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "arn:aws:iam::{{accountId}}:root"
            },
            "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
            "Resource" : "*"
          } ]
        }
        """;

    /// <summary>Creates the managed key of a service and its alias. Its rotation cannot be turned off.</summary>
    public static Key Create(
        IStateTransaction transaction,
        SoftwareKeyStore software,
        AccountId accountId,
        RegionName region,
        AliasName aliasName,
        int rotationPeriodInDays,
        DateTimeOffset now)
    {
        Key draft = Draft(accountId, region, aliasName, now);
        Key key = (draft with { Materials = [software.Generate(region, draft.KeyId, now)] }).EnableRotation(rotationPeriodInDays, now);
        transaction.InsertKey(key);
        transaction.InsertAlias(new KeyAlias(region, aliasName, key.KeyId, now, now));
        return key;
    }

    /// <summary>Whether a key is one of <see cref="Draft"/>.</summary>
    public static bool IsDraft(Key key) => key.KeyManager == KeyManagerType.AWS && key.Materials.IsEmpty;

    /// <summary>The managed key of a service before it exists: with an ID that no key has, and without material.</summary>
    public static Key Draft(AccountId accountId, RegionName region, AliasName aliasName, DateTimeOffset now) => new()
    {
        AccountId = accountId,
        Region = region,
        KeyId = Guid.NewGuid().ToString("D"),
        CreationDate = now,
        KeyManager = KeyManagerType.AWS,
        Description = $"Default key that protects my {aliasName.Service} data when no other key is defined",
        Policy = Policy(accountId, region, aliasName),
    };
}
