using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

/// <summary>An external key store proxy for tests of the cmdlets: over TLS, with one key for all IDs, and no look at signatures.</summary>
public sealed class LabXksProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly X509Certificate2 _certificate;

    public LabXksProxy(string host)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + host, key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        Pem = _certificate.ExportCertificatePem();
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Pem { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The paths that were asked for.</summary>
    public ConcurrentQueue<string> Paths { get; } = new();

    /// <summary>The name of the error that every request is answered with; null or empty, which PowerShell makes of null, for none.</summary>
    public string? Error { get; set; }

    /// <summary>What the metadata of keys say instead of the usual; null or empty for that.</summary>
    public string? Metadata { get; set; }

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using SslStream stream = new(client.GetStream());
            await stream.AuthenticateAsServerAsync(_certificate);
            while (true)
            {
                List<byte> head = new();
                byte[] one = new byte[1];
                while (head.Count < 4 || head[^1] != 10 || head[^3] != 10)
                {
                    await stream.ReadExactlyAsync(one);
                    head.Add(one[0]);
                }

                string[] lines = Encoding.ASCII.GetString(head.ToArray()).Split("\r\n");
                byte[] body = new byte[int.Parse(Array.Find(lines, static line => line.StartsWith("Content-Length: "))!["Content-Length: ".Length..])];
                await stream.ReadExactlyAsync(body);
                string path = lines[0].Split(' ')[1];
                Paths.Enqueue(path);
                string answer = string.IsNullOrEmpty(Error) ? Answer(path, JsonNode.Parse(body)!) : new JsonObject { ["errorName"] = Error }.ToJsonString();
                await stream.WriteAsync(Encoding.UTF8.GetBytes(
                    $"HTTP/1.1 {(string.IsNullOrEmpty(Error) ? 200 : 400)} Answer\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer)}\r\n\r\n{answer}"));
            }
        }
        catch (Exception)
        {
            client.Dispose();
        }
    }

    private string Answer(string path, JsonNode body)
    {
        byte[] Bytes(string name) => Convert.FromBase64String((string?)body[name] ?? "");
        using AesGcm aes = new(_key, 16);
        switch (path[(path.LastIndexOf('/') + 1)..])
        {
            case "health":
                return """{"xksProxyFleetSize":1,"xksProxyVendor":"Lab","xksProxyModel":"Lab 1","ekmVendor":"Lab","ekmFleetDetails":[{"id":"1","model":"Lab","healthStatus":"ACTIVE"}]}""";
            case "metadata":
                return Metadata is { Length: > 0 } ? Metadata : """{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}""";
            case "encrypt":
                byte[] plaintext = Bytes("plaintext");
                byte[] ciphertext = new byte[plaintext.Length];
                byte[] iv = RandomNumberGenerator.GetBytes(12);
                byte[] tag = new byte[16];
                aes.Encrypt(iv, plaintext, ciphertext, tag, Bytes("additionalAuthenticatedData"));
                using (IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
                {
                    hash.AppendData(Bytes("additionalAuthenticatedData"));
                    hash.AppendData(iv);
                    hash.AppendData(ciphertext);
                    hash.AppendData(tag);
                    return new JsonObject
                    {
                        ["ciphertext"] = Convert.ToBase64String(ciphertext),
                        ["initializationVector"] = Convert.ToBase64String(iv),
                        ["authenticationTag"] = Convert.ToBase64String(tag),
                        ["ciphertextDataIntegrityValue"] = Convert.ToBase64String(hash.GetHashAndReset()),
                    }.ToJsonString();
                }

            default:
                byte[] sealedBytes = Bytes("ciphertext");
                byte[] opened = new byte[sealedBytes.Length];
                aes.Decrypt(Bytes("initializationVector"), sealedBytes, Bytes("authenticationTag"), opened, Bytes("additionalAuthenticatedData"));
                return new JsonObject { ["plaintext"] = Convert.ToBase64String(opened) }.ToJsonString();
        }
    }
}
