using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;

namespace KmsTools.Endpoint;

/// <summary>What leaves the program by its sockets, as the kernel sees it.</summary>
/// <remarks>
/// An answer in two writes, on a connection that waits for acknowledgements, costs the client 40 ms: it acknowledges the first part
/// late, and the second one waits for that.
/// </remarks>
public sealed partial class SocketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-strace-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task Answer_HeadAndBody_LeaveInOneWriteWithoutDelay()
    {
        await RequireStraceAsync();
        using Process process = Process.Start(new ProcessStartInfo(
            "strace",
            [
                // A file per thread, so that no call is cut in two by another one.
                "-ff", "-qq", "-ttt", "-e", "trace=setsockopt,sendto,sendmsg,write,writev", "-s", "65536", "-o", Path.Combine(
                    _folder,
                    "thread"),
                "dotnet", typeof(CallHandler).Assembly.Location, "--temporary", "--dev-credentials", "test:test", "--until-input-ends",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            string ready = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
                ?? await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            using AmazonKeyManagementServiceClient client = new(
                new BasicAWSCredentials("test", "test"),
                new AmazonKeyManagementServiceConfig
                {
                    ServiceURL = ready.Split(' ')[1],
                    AuthenticationRegion = EndpointFixture.Region,
                    MaxErrorRetry = 0,
                });
            string keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), TestContext.Current.CancellationToken)).KeyMetadata.KeyId;
            foreach (int size in new[] { 32, 4096 })
            {
                await client.EncryptAsync(
                    new EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream(new byte[size]) },
                    TestContext.Current.CancellationToken);
            }

            await Assert.ThrowsAsync<NotFoundException>(
                () => client.DescribeKeyAsync(Guid.NewGuid().ToString(), TestContext.Current.CancellationToken));
        }
        finally
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        string[] trace = [.. Directory.GetFiles(_folder).SelectMany(File.ReadLines).Order(StringComparer.Ordinal)];
        Match[] answers = [.. trace.Select(static line => Answer().Match(line)).Where(static match => match.Success)];
        Assert.Equal(["200", "200", "200", "400"], answers.Select(static answer => answer.Groups["status"].Value));
        Assert.All(answers, static answer =>
        {
            string head = Regex.Unescape(answer.Groups["head"].Value);
            int body = int.Parse(ContentLength().Match(head).Groups["length"].Value, CultureInfo.InvariantCulture);
            Assert.NotEqual(0, body);
            Assert.Equal(head.Length + body, int.Parse(answer.Groups["written"].Value, CultureInfo.InvariantCulture));
        });
        Assert.All(
            answers.Select(static answer => answer.Groups["socket"].Value),
            socket => Assert.Contains(
                trace,
                line => NoDelay().Match(line) is { Success: true } option && option.Groups["socket"].Value == socket));
    }

    private static async Task RequireStraceAsync()
    {
        try
        {
            using Process probe = Process.Start(
                new ProcessStartInfo("strace", ["-f", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            string errors = await probe.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await probe.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(probe.ExitCode == 0, $"strace may not trace processes here: {errors.Trim()}");
        }
        catch (Win32Exception)
        {
            Assert.Skip("strace is not installed.");
        }
    }

    // Any system call whose bytes begin an answer; what it returns is how many bytes it took.
    [GeneratedRegex(
        """^[0-9.]+ \w+\((?<socket>\d+), .*?"(?<head>HTTP/1\.1 (?<status>\d{3}) .*?\\r\\n\\r\\n).*\) = (?<written>\d+)$""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Answer();

    [GeneratedRegex("Content-Length: (?<length>[0-9]+)\r\n", RegexOptions.ExplicitCapture)]
    private static partial Regex ContentLength();

    [GeneratedRegex("""setsockopt\((?<socket>\d+), SOL_TCP, TCP_NODELAY, \[1\], 4\) = 0$""", RegexOptions.ExplicitCapture)]
    private static partial Regex NoDelay();
}
