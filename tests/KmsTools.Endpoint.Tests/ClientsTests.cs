using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using KmsTools.EnvelopeEncryption;
using KmsTools.Operations;

namespace KmsTools.Endpoint;

/// <summary>Other clients of AWS, each with a short journey, where they are installed.</summary>
[OnEveryStore]
public sealed class ClientsTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    // Where build.sh installs the packages of Clients/package.json.
    private const string NodeModulesVariable = "KMSTOOLS_NODE_MODULES";

    // The same as in Clients/encryption-sdk-files.cjs.
    private static readonly Dictionary<string, string> FilesContext = new() { ["project"] = "apollo", ["Größe"] = "日本語 \U00010000" };

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Clients");

    private static string? NodeModules => Environment.GetEnvironmentVariable(NodeModulesVariable);

    // A process for each call takes a minute of a processor. boto3, which has the same client inside, makes its calls on every store.
    [Fact]
    [InFolder]
    public async Task AwsCli_EveryCall_IsAnswered()
    {
        await RequireAsync("The AWS CLI is not installed.", "aws", "--version");
        endpoint.CreateRole();
        await PlayAsync("bash", Path.Combine(Folder, "aws-cli.sh"));
    }

    [Fact]
    public async Task Boto3_EveryCall_IsAnswered()
    {
        await RequireAsync("boto3 is not installed.", "python3", "-c", "import boto3");
        endpoint.CreateRole();
        await PlayAsync("python3", Path.Combine(Folder, "boto3-client.py"));
    }

    [Fact]
    public async Task SdkForJavaScript_EveryCall_IsAnswered()
    {
        await RequireAsync("@aws-sdk/client-kms is not installed.", "node", "-e", "require.resolve('@aws-sdk/client-kms')");
        await PlayAsync("node", Path.Combine(Folder, "client-kms.cjs"));
    }

    [Fact]
    public async Task EncryptionSdk_EveryCall_IsAnswered()
    {
        await RequireAsync("@aws-crypto/client-node is not installed.", "node", "-e", "require.resolve('@aws-crypto/client-node')");
        await PlayAsync("node", Path.Combine(Folder, "encryption-sdk.cjs"));
    }

    [Fact]
    public async Task EncryptionSdk_FilesOfEither_AreOpenedByTheOther()
    {
        await RequireAsync("@aws-crypto/client-node is not installed.", "node", "-e", "require.resolve('@aws-crypto/client-node')");
        string folder = Directory.CreateTempSubdirectory("kmstools-envelope-").FullName;
        try
        {
            string first = endpoint.Engine.Execute(new CreateKeyRequest()).KeyMetadata.Arn;
            string second = endpoint.Engine.Execute(new CreateKeyRequest()).KeyMetadata.Arn;
            int ours = WriteOurs(Directory.CreateDirectory(Path.Combine(folder, "ours")).FullName, first, second);
            (int exitCode, string output, string errors) = await RunAsync(
                "node",
                Path.Combine(Folder, "encryption-sdk-files.cjs"),
                folder,
                first,
                second);
            Assert.True(exitCode == 0, output + errors);
            Assert.Equal($"{ours}\ndone\n", output);
            ReadTheirs(Path.Combine(folder, "theirs"), first, second);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private int WriteOurs(string folder, string first, string second)
    {
        int count = 0;
        foreach (bool signed in new[] { true, false })
        {
            foreach ((string keys, string[] keyIds) in new[] {
                ("one", new[] { first }),
                ("discovery", [first]),
                ("second", [first, second]) })
            {
                foreach ((int length, int frameLength) in new[] {
                    (0, 4096),
                    (1, 4096),
                    (4095, 4096),
                    (4096, 4096),
                    (4097, 4096),
                    (50, 1),
                    (300_000, 4096),
                    (300_000, 1 << 20) })
                {
                    string name = Path.Combine(folder, $"{keys}-{(signed ? "signed" : "unsigned")}-{length}-{frameLength}");
                    byte[] plaintext = RandomNumberGenerator.GetBytes(length);
                    File.WriteAllBytes(name + ".plain", plaintext);
                    using FileStream message = File.Create(name + ".encrypted");
                    _ = new EnvelopeCipher(endpoint.Engine).Protect(new MemoryStream(plaintext), message, new ProtectOptions
                    {
                        KeyIds = keyIds,
                        EncryptionContext = FilesContext,
                        Suite = signed ? AlgorithmSuite.Signed : AlgorithmSuite.Unsigned,
                        FrameLength = frameLength,
                    });
                    count++;
                }
            }
        }

        return count;
    }

    private void ReadTheirs(string folder, string first, string second)
    {
        string[] messages = Directory.GetFiles(folder, "*.encrypted");
        Assert.Equal(38, messages.Length);
        foreach (string message in messages)
        {
            bool several = Path.GetFileName(message).StartsWith("several", StringComparison.Ordinal);
            using FileStream source = File.OpenRead(message);
            using MemoryStream plaintext = new();
            EnvelopeResult result = new EnvelopeCipher(endpoint.Engine).Unprotect(
                source, plaintext, new UnprotectOptions { KeyIds = [several ? second : first], RequiredContext = FilesContext });
            Assert.Equal(File.ReadAllBytes(Path.ChangeExtension(message, ".plain")), plaintext.ToArray());
            Assert.Equal(several ? second : first, result.KeyArn);
            Assert.Equal(several ? [first, second] : [first], result.Header.KeyArns);
            Assert.Equal(
                message.Contains("-unsigned-", StringComparison.Ordinal) ? AlgorithmSuite.Unsigned : AlgorithmSuite.Signed,
                result.Header.Suite);
            Assert.Equal(source.Length, result.MessageLength);
        }
    }

    private async Task RequireAsync(string otherwise, string program, params string[] arguments)
    {
        bool present;
        try
        {
            present = (await RunAsync(program, arguments)).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            present = false;
        }

        Assert.SkipUnless(present, otherwise);
    }

    private async Task PlayAsync(string program, string script)
    {
        (int exitCode, string output, string errors) = await RunAsync(program, script);
        Assert.True(exitCode == 0 && output.TrimEnd().EndsWith("done", StringComparison.Ordinal), output + errors);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AWS_ENDPOINT_URL_KMS"] = endpoint.Url;
        start.Environment["AWS_ENDPOINT_URL_STS"] = endpoint.Url;
        start.Environment["AWS_ACCESS_KEY_ID"] = endpoint.Alice.AccessKeyId;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = endpoint.Alice.SecretAccessKey;
        start.Environment["AWS_REGION"] = EndpointFixture.Region;
        start.Environment["AWS_DEFAULT_REGION"] = EndpointFixture.Region;
        start.Environment["AWS_MAX_ATTEMPTS"] = "1";
        start.Environment["AWS_PAGER"] = "";
        start.Environment["NODE_PATH"] = NodeModules;
        start.Environment.Remove("AWS_SESSION_TOKEN");
        start.Environment.Remove("AWS_PROFILE");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
