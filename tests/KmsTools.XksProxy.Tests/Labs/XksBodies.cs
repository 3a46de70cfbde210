using System.Text.Json.Nodes;

namespace KmsTools.XksProxy.Labs;

/// <summary>The bodies of requests, as KMS sends them.</summary>
public static class XksBodies
{
    public const string Principal = "arn:aws:iam::123456789012:user/Alice";
    public const string KeyArn = "arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    public const string RequestId = "4112f4d6-db54-4af4-ae30-c55a22a8dfae";

    public static string Health() => $$"""{"requestMetadata":{"kmsRequestId":"{{RequestId}}","kmsOperation":"KmsHealthCheck"} }""";

    public static string Metadata(string operation = "CreateKey") =>
        $$"""{"requestMetadata":{"awsPrincipalArn":"{{Principal}}","kmsOperation":"{{operation}}","kmsRequestId":"{{RequestId}}"} }""";

    public static JsonObject Caller(string operation) => new()
    {
        ["awsPrincipalArn"] = Principal,
        ["kmsKeyArn"] = KeyArn,
        ["kmsOperation"] = operation,
        ["kmsRequestId"] = RequestId,
    };

    public static JsonObject Encrypt(byte[] plaintext, byte[]? aad = null, bool cdiv = false)
    {
        JsonObject body = new()
        {
            ["requestMetadata"] = Caller("Encrypt"),
            ["plaintext"] = Convert.ToBase64String(plaintext),
            ["encryptionAlgorithm"] = "AES_GCM",
        };
        if (aad is not null)
        {
            body["additionalAuthenticatedData"] = Convert.ToBase64String(aad);
        }

        if (cdiv)
        {
            body["ciphertextDataIntegrityValueAlgorithm"] = "SHA_256";
        }

        return body;
    }

    public static JsonObject Decrypt(JsonNode encrypted, byte[]? aad = null)
    {
        JsonObject body = new()
        {
            ["requestMetadata"] = Caller("Decrypt"),
            ["ciphertext"] = encrypted["ciphertext"]!.GetValue<string>(),
            ["initializationVector"] = encrypted["initializationVector"]!.GetValue<string>(),
            ["authenticationTag"] = encrypted["authenticationTag"]!.GetValue<string>(),
            ["encryptionAlgorithm"] = "AES_GCM",
        };
        if (encrypted["ciphertextMetadata"] is { } metadata)
        {
            body["ciphertextMetadata"] = metadata.GetValue<string>();
        }

        if (aad is not null)
        {
            body["additionalAuthenticatedData"] = Convert.ToBase64String(aad);
        }

        return body;
    }
}
