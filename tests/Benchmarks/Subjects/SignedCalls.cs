using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Calls of Encrypt with random plaintexts, signed with Signature Version 4 ahead of time. Valid for five minutes.</summary>
internal sealed class SignedCalls
{
    private const string Region = "us-east-1";

    private readonly HashSet<string> _plaintexts = new(StringComparer.Ordinal);

    /// <summary>Writes calls to a file: three lines per call, with date, Authorization and body.</summary>
    public void Write(string file, int count, string host, string keyId, NewAccessKey accessKey)
    {
        string time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'");
        string scope = $"{time[..8]}/{Region}/kms/aws4_request";
        byte[] signingKey = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + accessKey.SecretAccessKey), static (key, part) => HMACSHA256.HashData(
                key,
                Encoding.UTF8.GetBytes(part)));
        const string Signed = "content-type;host;x-amz-date;x-amz-target";
        using StreamWriter output = new(file) { NewLine = "\n" };
        for (int i = 0; i < count; i++)
        {
            string plaintext = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            _plaintexts.Add(plaintext);
            string body = $$"""{"KeyId":"{{keyId}}","Plaintext":"{{plaintext}}"}""";
            string canonical = $"POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{time}\nx-amz-target:TrentService.Encrypt\n\n{Signed}\n{Hash(body)}";
            string signature = Convert.ToHexStringLower(
                HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}")));
            output.WriteLine(time);
            output.WriteLine($"AWS4-HMAC-SHA256 Credential={accessKey.AccessKeyId}/{scope}, SignedHeaders={Signed}, Signature={signature}");
            output.WriteLine(body);
        }
    }

    /// <summary>Whether a plaintext was one of these calls.</summary>
    public bool Contains(byte[] plaintext) => _plaintexts.Contains(Convert.ToBase64String(plaintext));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
