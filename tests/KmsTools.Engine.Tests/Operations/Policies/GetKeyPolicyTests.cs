using System.Text.Encodings.Web;
using System.Text.Json;

namespace KmsTools.Operations;

public sealed class GetKeyPolicyTests : IDisposable
{
    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void GetKeyPolicy_NewKey_HasTheDefaultPolicy()
    {
        KeyMetadata key = _kms.CreateKey();

        GetKeyPolicyResponse found = _kms.Call(new GetKeyPolicyRequest { KeyId = key.KeyId });

        Assert.Equal("default", found.PolicyName);
        Assert.Equal(
            """
            {
              "Version" : "2012-10-17",
              "Id" : "key-default-1",
              "Statement" : [ {
                "Sid" : "Enable IAM User Permissions",
                "Effect" : "Allow",
                "Principal" : {
                  "AWS" : "arn:aws:iam::111122223333:root"
                },
                "Action" : "kms:*",
                "Resource" : "*"
              } ]
            }
            """,
            found.Policy);
        Assert.True(Assert.Single(_kms.Events("GetKeyPolicy")).ReadOnly);
        Assert.DoesNotContain("Enable IAM", _kms.Events("GetKeyPolicy")[0].CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void GetKeyPolicy_OtherName_IsNotFound()
    {
        KeyMetadata key = _kms.CreateKey();

        Assert.Equal("default", _kms.Call(new GetKeyPolicyRequest { KeyId = key.KeyId, PolicyName = "default" }).PolicyName);
        _kms.Refuses(new GetKeyPolicyRequest { KeyId = key.KeyId, PolicyName = "Default" }, "NotFoundException", "No such policy exists");
        Assert.Equal("ValidationException", _kms.Refused(new GetKeyPolicyRequest { KeyId = key.KeyId, PolicyName = "a-b" }).ErrorCode);
    }

    [Fact]
    public void GetKeyPolicy_AwsManagedKey_CanBeReadAndNotChanged()
    {
        string keyId = _kms.Describe("alias/aws/s3").KeyId;

        string policy = _kms.Call(new GetKeyPolicyRequest { KeyId = keyId }).Policy;

        Assert.Equal("AccessDeniedException", _kms.Refused(new PutKeyPolicyRequest { KeyId = keyId, Policy = policy }).ErrorCode);
        using JsonDocument document = JsonDocument.Parse(policy);
        Assert.Equal(
            """
            [{"Sid":"Allow access through s3 for all principals of the account that may use it","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.us-east-1.amazonaws.com"}}},{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}]
            """,
            JsonSerializer.Serialize(document.RootElement.GetProperty("Statement"), s_relaxed));
    }
}
