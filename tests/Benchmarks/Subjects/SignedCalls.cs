using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Calls, signed with Signature Version 4 ahead of time. Valid for five minutes.</summary>
internal sealed class SignedCalls
{
    private const string Region = "us-east-1";

    private readonly HashSet<string> _plaintexts = new(StringComparer.Ordinal);

    /// <summary>Writes calls of Encrypt with random plaintexts to a file.</summary>
    public void WriteEncrypt(string file, int count, string host, string keyId, NewAccessKey accessKey) =>
        Write(file, count, host, accessKey, "TrentService.Encrypt", () =>
        {
            string plaintext = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            _plaintexts.Add(plaintext);
            return $$"""{"KeyId":"{{keyId}}","Plaintext":"{{plaintext}}"}""";
        });

    /// <summary>Writes a call of CreateKey to a file.</summary>
    public static void WriteCreateKey(string file, string host, NewAccessKey accessKey) =>
        Write(file, 1, host, accessKey, "TrentService.CreateKey", static () => "{}");

    /// <summary>Whether a plaintext was one of these calls.</summary>
    public bool Contains(byte[] plaintext) => _plaintexts.Contains(Convert.ToBase64String(plaintext));

    // Four lines per call: date, Authorization, target and body.
    private static void Write(string file, int count, string host, NewAccessKey accessKey, string target, Func<string> makeBody)
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
            string body = makeBody();
            string canonical = $"POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{time}\nx-amz-target:{target}\n\n{Signed}\n{Hash(body)}";
            string signature = Convert.ToHexStringLower(
                HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}")));
            output.WriteLine(time);
            output.WriteLine($"AWS4-HMAC-SHA256 Credential={accessKey.AccessKeyId}/{scope}, SignedHeaders={Signed}, Signature={signature}");
            output.WriteLine(target);
            output.WriteLine(body);
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
