using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Http;

public sealed class RequestSignerTests
{
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes(SignatureVectors.Secret);

    [Theory]
    [MemberData(nameof(SignatureVectors.All), MemberType = typeof(SignatureVectors))]
    public void Authorize_TheVectorsOfAws_GivesTheirSignatures(
        string name, string method, string path, string query, string[] headers, string canonical, string bodyHash, string signature)
    {
        GivenRequest request = SignatureVectors.Request(method, path, query, headers);
        using SigningKey key = SignatureVectors.Key();

        string authorization = RequestSigner.Authorize(
            request,
            SignatureVectors.AccessKeyId,
            SignatureVectors.Scope,
            key,
            request.Names.Reverse(),
            Convert.FromHexString(bodyHash));

        using PooledBuffer text = new();
        CanonicalRequest.Write(text, request, request.Names, Convert.FromHexString(bodyHash));
        string written = Encoding.UTF8.GetString(text.WrittenSpan);
        Assert.True(written.StartsWith($"{method}\n{canonical}\n", StringComparison.Ordinal), name + written);
        Assert.EndsWith("\n\n" + string.Join(';', request.Names) + "\n" + bodyHash, written);
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={string.Join(';', request.Names)}, Signature={signature}",
            authorization);
    }

    // "Create a signed AWS API request", IAM User Guide: the example of a derived key.
    [Fact]
    public void SigningKey_ExampleOfAws_IsDerived()
    {
        byte[] key = new byte[32];
        SigningKey.Derive(Secret, new CredentialScope("20150830", "us-east-1", "iam"), key);
        Assert.Equal("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9", Convert.ToHexStringLower(key));
    }

    // The same guide: GET of ListUsers.
    [Fact]
    public void Sign_Message_AddsItsDateAndAuthorization()
    {
        using HttpRequestMessage message = new(HttpMethod.Get, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
        {
            Content = new ByteArrayContent([]),
        };
        message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        DateTimeOffset now = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

        RequestSigner.Sign(message, "AKIDEXAMPLE", Secret, "us-east-1", "iam", now, SHA256.HashData([]));
        RequestSigner.Sign(message, "AKIDEXAMPLE", Secret, "us-east-1", "iam", now, SHA256.HashData([]));

        Assert.Equal(["20150830T123600Z"], message.Headers.GetValues("x-amz-date"));
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            string.Join('|', message.Headers.GetValues("Authorization")));
    }

    [Fact]
    public void Authorize_WithoutItsTimeOrHost_IsRefused()
    {
        GivenRequest request = new("POST", "/", "", ["host:a"]);
        byte[] hash = new byte[32];
        using SigningKey key = SignatureVectors.Key();

        Assert.Equal(
            "The request has no X-Amz-Date header. (Parameter 'request')",
            Assert.Throws<ArgumentException>(() => RequestSigner.Authorize(request, "a", SignatureVectors.Scope, key, ["host"], hash)).Message);
        Assert.Equal(
            "A signature covers the header 'host'. (Parameter 'signedHeaders')",
            Assert.Throws<ArgumentException>(
                () => RequestSigner.Authorize(request, "a", SignatureVectors.Scope, key, ["x-amz-date"], hash)).Message);
    }
}
