using System.Text.Json;

namespace KmsTools.Keys;

/// <summary>The defaults of key policies. Source: "Key policies in AWS KMS", AWS KMS Developer Guide.</summary>
internal static class KeyPolicy
{
    /// <summary>The name of the only policy of a key.</summary>
    public const string Name = "default";

    /// <summary>
    /// The policy of a key that was created through the API without one. Source: "Default key policy", AWS KMS Developer Guide.
    /// </summary>
    public static string Default(string accountId) => $$"""
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "arn:aws:iam::{{accountId}}:root"
            },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """;

    /// <summary>Whether two policies are equivalent: white space and the order of members are ignored.</summary>
    public static bool IsSame(string left, string right)
    {
        using JsonDocument first = JsonDocument.Parse(left);
        using JsonDocument second = JsonDocument.Parse(right);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }
}
