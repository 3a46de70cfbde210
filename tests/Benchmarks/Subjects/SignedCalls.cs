using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Calls, signed with Signature Version 4 ahead of time. Valid for five minutes.</summary>
internal sealed class SignedCalls
{
    private const string Region = "us-east-1";

    private readonly HashSet<string> _plaintexts = new(StringComparer.Ordinal);

    /// <summary>Writes requests of a proxy of external keys to a file: encryptions of random plaintexts.</summary>
    public static void WriteXks(string file, int count, string host, string path, NewAccessKey accessKey, Func<string> makeBody) =>
        Write(file, count, host, accessKey, path, makeBody);

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

    // Four lines per call: date, Authorization, target and body. A target that is a path is that of a proxy of external keys.
    private static void Write(string file, int count, string host, NewAccessKey accessKey, string target, Func<string> makeBody)
    {
        bool isXks = target.StartsWith('/');
        string time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'");
        string scope = $"{time[..8]}/{Region}/{(isXks ? "kms-xks-proxy" : "kms")}/aws4_request";
        byte[] signingKey = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + accessKey.SecretAccessKey), static (key, part) => HMACSHA256.HashData(
                key,
                Encoding.UTF8.GetBytes(part)));
        string signed = isXks ? "host;x-amz-date" : "content-type;host;x-amz-date;x-amz-target";
        using StreamWriter output = new(file) { NewLine = "\n" };
        for (int i = 0; i < count; i++)
        {
            string body = makeBody();
            string head = isXks
                ? $"POST\n{target}\n\nhost:{host}\nx-amz-date:{time}\n"
                : $"POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{time}\nx-amz-target:{target}\n";
            string canonical = $"{head}\n{signed}\n{Hash(body)}";
            string signature = Convert.ToHexStringLower(
                HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}")));
            output.WriteLine(time);
            output.WriteLine($"AWS4-HMAC-SHA256 Credential={accessKey.AccessKeyId}/{scope}, SignedHeaders={signed}, Signature={signature}");
            output.WriteLine(target);
            output.WriteLine(body);
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
