using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>The calls that tests make.</summary>
internal static class Calls
{
    public const string KeyId = "key-1";

    public static XksRequestMetadata Metadata { get; } = new()
    {
        KmsOperation = "Encrypt",
        KmsRequestId = "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
        AwsPrincipalArn = "arn:aws:iam::123456789012:user/Alice",
        KmsKeyArn = "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab",
    };

    public static byte[] AdditionalData { get; } = "project=nile,department=marketing"u8.ToArray();

    public static byte[] Plaintext { get; } = "What the material of the KMS key has encrypted"u8.ToArray();

    public static XksHealth Health(XksClient client, XksProxyTarget target) => client.GetHealthStatus(target, Metadata);

    public static XksCiphertext Encrypt(XksClient client, XksProxyTarget target) =>
        client.Encrypt(target, KeyId, Metadata, Plaintext, AdditionalData);

    public static byte[] Decrypt(XksClient client, XksProxyTarget target, XksCiphertext ciphertext) =>
        client.Decrypt(target, KeyId, Metadata, ciphertext, AdditionalData);

    /// <summary>What a call fails with; neither the exception nor what caused it may tell a secret.</summary>
    public static XksException Failure(Action call)
    {
        XksException exception = Assert.Throws<XksException>(call);
        foreach (string secret in new[]
        {
            ScriptedProxy.Secret,
            ScriptedProxy.AccessKeyId,
            Convert.ToBase64String(Plaintext),
            Convert.ToBase64String(AdditionalData),
            "AWS4-HMAC",
        })
        {
            Assert.DoesNotContain(secret, exception.ToString() + exception.ProxyMessage);
        }

        return exception;
    }
}
