using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace KmsTools.Xks;

/// <summary>Answers as the XKS proxy API demands, with one key.</summary>
internal static class HonestAnswers
{
    public const string Health =
        """{"xksProxyFleetSize":2,"xksProxyVendor":"Acme","xksProxyModel":"Acme 2.0","ekmVendor":"Thales","ekmFleetDetails":[{"id":"hsm-1","model":"Luna 5","healthStatus":"DEGRADED"},{"id":"hsm-2","model":"Luna 5","healthStatus":"ACTIVE"}],"more":[1]}""";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    public static Task AnswerAsync(SeenRequest request, Stream stream) => ScriptedProxy.ReplyAsync(stream, 200, Of(request));

    /// <summary>The body of the answer to a request.</summary>
    public static string Of(SeenRequest request)
    {
        JsonNode body = JsonNode.Parse(request.Body)!;
        return request.Path.Split('/')[^1] switch
        {
            "health" => Health,
            "metadata" => """{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}""",
            "encrypt" => Encrypt(Bytes(body, "plaintext"), Bytes(body, "additionalAuthenticatedData")).ToJsonString(),
            _ => Decrypt(body).ToJsonString(),
        };
    }

    public static JsonObject Encrypt(byte[] plaintext, byte[] additionalData, byte[]? metadata = null, int ivSize = 12)
    {
        byte[] iv = RandomNumberGenerator.GetBytes(ivSize);
        byte[] ciphertext = new byte[plaintext.Length];
        byte[] tag = new byte[16];
        metadata ??= [1];
        using AesGcm aes = new(Key, 16);
        aes.Encrypt(iv[..12], plaintext, ciphertext, tag, (byte[])[.. additionalData, .. metadata]);
        JsonObject answer = new()
        {
            ["ciphertext"] = Convert.ToBase64String(ciphertext),
            ["initializationVector"] = Convert.ToBase64String(iv),
            ["authenticationTag"] = Convert.ToBase64String(tag),
            ["ciphertextDataIntegrityValue"] =
                Convert.ToBase64String(SHA256.HashData([.. additionalData, .. metadata, .. iv, .. ciphertext, .. tag])),
        };
        if (metadata.Length > 0)
        {
            answer["ciphertextMetadata"] = Convert.ToBase64String(metadata);
        }

        return answer;
    }

    private static JsonObject Decrypt(JsonNode body)
    {
        byte[] ciphertext = Bytes(body, "ciphertext");
        byte[] plaintext = new byte[ciphertext.Length];
        using AesGcm aes = new(Key, 16);
        aes.Decrypt(
            Bytes(body, "initializationVector")[..12],
            ciphertext,
            Bytes(body, "authenticationTag"),
            plaintext,
            (byte[])[.. Bytes(body, "additionalAuthenticatedData"), .. Bytes(body, "ciphertextMetadata")]);
        return new JsonObject { ["plaintext"] = Convert.ToBase64String(plaintext) };
    }

    private static byte[] Bytes(JsonNode body, string name) => Convert.FromBase64String((string?)body[name] ?? "");
}
