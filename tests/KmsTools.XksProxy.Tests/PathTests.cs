using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy;

/// <summary>Which paths and methods are served, byte for byte as they are sent.</summary>
public sealed class PathTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private const string Root = ProxyLab.Prefix + "/kms/xks/v1";

    [Theory]
    [InlineData("/")]
    [InlineData("/kms/xks/v1/health")]
    [InlineData(Root)]
    [InlineData(Root + "/")]
    [InlineData(Root + "/health/")]
    [InlineData(Root + "/Health")]
    [InlineData(Root + "/health?x=1")]
    [InlineData(Root + "/health?")]
    [InlineData(Root + "//health")]
    [InlineData(Root + "/%68ealth")]
    [InlineData("/Example/uri/path/prefix/kms/xks/v1/health")]
    [InlineData("/example/uri/path/prefix/kms/xks/v2/health")]
    [InlineData("/example/uri/path/other/../prefix/kms/xks/v1/health")]
    [InlineData(Root + "/keys/foo/encrypt/")]
    [InlineData(Root + "/keys/f%6fo/encrypt")]
    [InlineData(Root + "/keys/./encrypt")]
    [InlineData(Root + "/keys/../encrypt")]
    [InlineData(Root + "/keys//encrypt")]
    [InlineData(Root + "/keys/a/b/encrypt")]
    [InlineData(Root + "/keys/foo")]
    [InlineData(Root + "/keys/encrypt")]
    [InlineData(Root + "/keys/foo/delete")]
    [InlineData(Root + "/keys/foo/Encrypt")]
    public async Task Path_NotOfTheApi_IsNotFoundWithoutAuthentication(string target)
    {
        string answer = await RawHttp.SendAsync(lab.Address, "POST", target);
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
        Assert.Contains("""{"errorName":"InvalidUriPathException",""", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, 401)]
    [InlineData(129, 404)]
    public async Task KeyId_LongerThanAllowed_IsNotFound(int length, int status) => Assert.StartsWith(
        $"HTTP/1.1 {status} ",
        await RawHttp.SendAsync(lab.Address, "POST", $"{Root}/keys/{new string('a', length)}/encrypt"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("GET", "/health")]
    [InlineData("PUT", "/health")]
    [InlineData("HEAD", "/keys/foo/metadata")]
    [InlineData("DELETE", "/keys/foo/metadata")]
    [InlineData("GET", "/keys/nobody/encrypt")]
    [InlineData("OPTIONS", "/keys/foo/decrypt")]
    public async Task Method_OtherThanPost_IsNotAllowed(string method, string tail)
    {
        string answer = await RawHttp.SendAsync(lab.Address, method, Root + tail);
        Assert.StartsWith("HTTP/1.1 405 ", answer, StringComparison.Ordinal);
        Assert.Contains("Allow: POST", answer, StringComparison.Ordinal);
        Assert.Equal((405, null), (lab.Log.Last.Status, lab.Log.Last.ErrorName));
    }

    [Fact]
    public async Task Ping_IsAnsweredWithoutSignatureAndWithoutNames()
    {
        string answer = await RawHttp.SendAsync(lab.Address, "GET", "/ping");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("pong\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Server:", answer, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await RawHttp.SendAsync(lab.Address, "POST", "/ping"), StringComparison.Ordinal);
    }
}
